import type { UserInfo } from '../../domain/decision.ts';

/**
 * The user that a request acts as: the one of the `Impersonate-*` headers (`kubectl --as`), else its own. There is no
 * authorisation, so everybody may impersonate.
 */
export function impersonated(user: UserInfo, headers: Readonly<Record<string, string>>): UserInfo {
  const username = headers['impersonate-user'];
  if (username === undefined || username === '') return user;
  const groups = (headers['impersonate-group'] ?? '')
    .split(',')
    .map((group) => group.trim())
    .filter((group) => group !== '');
  const uid = headers['impersonate-uid'];
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups: [...new Set([...groups, ...implied(username)])],
  };
}

/** Groups that Kubernetes adds by itself. */
function implied(username: string): string[] {
  const [system, kind, namespace] = username.split(':');
  const isServiceAccount = system === 'system' && kind === 'serviceaccount';
  const groups = isServiceAccount
    ? ['system:serviceaccounts', `system:serviceaccounts:${namespace ?? ''}`]
    : [];
  return [...groups, 'system:authenticated'];
}
