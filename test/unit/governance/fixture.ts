import type {
  Approval,
  ApprovalAction,
  ApprovalSpec,
  StampedUser,
} from '../../../src/domain/approval.ts';
import type { RolloutBudget, RolloutBudgetSpec } from '../../../src/domain/budget.ts';
import type { PolicyException, PolicyExceptionSpec } from '../../../src/domain/exception.ts';
import type { IdentityRules } from '../../../src/governance/identity.ts';

export const NOW = '2026-03-02T12:00:00Z';
export const FLUX = 'system:serviceaccount:flux-system:kustomize-controller';
export const RULES: IdentityRules = { machineApprovers: [], deliveryIdentities: [FLUX] };

/** An instant so many minutes after NOW. */
export function minutes(count: number): string {
  return new Date(Date.parse(NOW) + count * 60_000).toISOString();
}

export function user(username: string, groups: string[] = []): StampedUser {
  return { username, uid: '', groups };
}

/** An approval of the run `run-1`, made a minute ago. */
export function approval(
  name: string,
  by: string | undefined,
  action: ApprovalAction = 'Approve',
  spec: Partial<ApprovalSpec> = {},
  createdAt = minutes(-1),
): Approval {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Approval',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: createdAt },
    spec: {
      subject: { kind: 'RolloutRun', name: 'web-1', uid: 'run-1' },
      action,
      ...(by === undefined ? {} : { approver: user(by) }),
      ...spec,
    },
  };
}

/** An exception in Sluice's own namespace that bob asked for an hour ago and that ends in an hour. */
export function exception(
  name: string,
  spec: Partial<PolicyExceptionSpec> = {},
  namespace = 'sluice-system',
): PolicyException {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'PolicyException',
    metadata: { name, namespace, uid: `uid-${name}`, creationTimestamp: minutes(-60) },
    spec: {
      type: 'Exception',
      policies: [{ name: 'bake' }],
      reason: 'a reason',
      expiresAt: minutes(60),
      requestedBy: user('bob'),
      ...spec,
    },
  };
}

/** What somebody said about an exception. */
export function review(
  of: PolicyException,
  by: string,
  action: ApprovalAction = 'Approve',
  spec: Partial<ApprovalSpec> = {},
): Approval {
  const { name, namespace = '', uid = '' } = of.metadata;
  const subject = { kind: 'PolicyException', name, uid } as const;
  const said = approval(`${action}-${by}`.toLowerCase(), by, action, { subject, ...spec });
  return { ...said, metadata: { ...said.metadata, namespace } };
}

export function budget(
  name: string,
  spec: RolloutBudgetSpec,
  namespace = 'sluice-system',
): RolloutBudget {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutBudget',
    metadata: { name, namespace },
    spec,
  };
}
