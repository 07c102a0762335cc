import { userInfo } from './admission-environment.ts';
import { BOOL, DYN, INT, STRING, listOf, struct, type CelType, type StructType } from './types.ts';

const type = (name: string, fields: StructType['fields']): CelType =>
  struct({ name: name === '' ? 'sluice.Rollout' : `sluice.Rollout.${name}`, fields });

/** The type of `rollout` at gates (docs/reference/policies.md). A number that may have a fraction is dyn. */
export const ROLLOUT: CelType = type('', {
  gate: STRING,
  strategy: STRING,
  provider: STRING,
  phase: STRING,
  fromWeight: INT,
  toWeight: INT,
  maxWeight: INT,
  step: INT,
  iteration: INT,
  failedChecks: INT,
  threshold: INT,
  startedAt: STRING,
  stepStartedAt: STRING,
  revision: STRING,
  images: listOf(type('images', { container: STRING, image: STRING, digest: STRING })),
  changedBy: struct(userInfo),
  metrics: listOf(
    type('metrics', { name: STRING, value: DYN, min: DYN, max: DYN, verdict: STRING }),
  ),
  approvals: listOf(
    type('approvals', {
      approver: struct(userInfo),
      action: STRING,
      createdAt: STRING,
      scope: DYN,
      signatureVerified: BOOL,
    }),
  ),
  windows: type('windows', { open: BOOL, reason: STRING, nextOpen: STRING }),
  budget: type('budget', { name: STRING, limit: DYN, used: DYN }),
  exceptions: listOf(type('exceptions', { name: STRING, type: STRING, expiresAt: STRING })),
});
