import type { ApprovalAction } from './approval-action.ts';
import type { UserInfo } from './decision.ts';
import type { KubeObject } from './object.ts';
import type { Condition, Gate } from './policy.ts';

export { APPROVAL_ACTIONS, type ApprovalAction } from './approval-action.ts';

/** Identity as admission stamps it into a specification. */
export type StampedUser = Pick<UserInfo, 'username' | 'uid' | 'groups'>;

export interface ApprovalSpec {
  /** In the Approval's own namespace. */
  subject: { kind: 'RolloutRun' | 'PolicyException'; name: string; uid: string };
  action: ApprovalAction;
  /** What an approval of a run opens: absent, all gates up to any weight. */
  scope?: { gates?: Gate[]; maxWeight?: number };
  comment?: string;
  ticket?: string;
  /** RFC 3339; absent: it ends with its subject. */
  expiresAt?: string;
  /** Stamped by admission from the request; never believed as written. */
  approver?: StampedUser;
}

/** What a person said about one run or exception (design §3.2): immutable, acted upon at most once. */
export interface Approval extends KubeObject {
  spec: ApprovalSpec;
  status?: {
    observedGeneration?: number;
    /** When it was acted upon, and what came of it; such an approval is never acted upon again. */
    consumed?: { at: string; outcome: string };
    conditions?: Condition[];
  };
}
