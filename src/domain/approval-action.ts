/** What a person may say about a run or an exception; each is the RBAC verb, in lower case, that it needs. */
export const APPROVAL_ACTIONS = [
  'Approve',
  'Reject',
  'Promote',
  'Abort',
  'Retry',
  'Pause',
  'Resume',
] as const;
export type ApprovalAction = (typeof APPROVAL_ACTIONS)[number];
