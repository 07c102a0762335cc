import type { UserInfo } from '../domain/decision.ts';

/** What configuration says about who may speak for a change. */
export interface IdentityRules {
  /** ServiceAccounts, and users of `system:masters`, that may approve all the same; by username. */
  readonly machineApprovers: readonly string[];
  /** Users that deliver what others wrote (Flux, Argo CD), so that the author is unknown; a last `*` stands for any rest. */
  readonly deliveryIdentities: readonly string[];
}

const SERVICE_ACCOUNT = 'system:serviceaccount:';
/** Group that the API server allows everything without asking: such a user may be anybody. */
const MASTERS = 'system:masters';

/** Whether two identities are one: the API server guarantees nothing but the name. */
export function isSameUser(
  a: Pick<UserInfo, 'username'> | null | undefined,
  b: Pick<UserInfo, 'username'> | null | undefined,
): boolean {
  const [left, right] = [a?.username ?? '', b?.username ?? ''];
  return left !== '' && left === right;
}

/** Whether the identity stands for no certain person: a ServiceAccount, or somebody who is everybody. */
export function isMachine({ username = '', groups = [] }: UserInfo): boolean {
  return username.startsWith(SERVICE_ACCOUNT) || groups.includes(MASTERS);
}

/** Whether the identity may open something by its word: a person, or a machine that configuration lists. */
export function mayVouch(user: UserInfo, { machineApprovers }: IdentityRules): boolean {
  const { username = '' } = user;
  return username !== '' && (!isMachine(user) || machineApprovers.includes(username));
}

/** Whether nobody knows which person is behind a change. */
export function isUnknownAuthor(
  author: UserInfo | null | undefined,
  { deliveryIdentities }: IdentityRules,
): boolean {
  const { username = '' } = author ?? {};
  return username === '' || deliveryIdentities.some((pattern) => fits(pattern, username));
}

/** How many different people must approve: with an unknown author, one of two is certainly not it. */
export function approversNeeded(author: UserInfo | null | undefined, rules: IdentityRules): 1 | 2 {
  return isUnknownAuthor(author, rules) ? 2 : 1;
}

function fits(pattern: string, username: string): boolean {
  return pattern.endsWith('*') ? username.startsWith(pattern.slice(0, -1)) : pattern === username;
}
