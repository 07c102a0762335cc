import type { GovernanceChecks } from '../../../src/admission/governance-checks.ts';
import type { OwnKindChecks } from '../../../src/admission/own-kinds.ts';
import type { Approval } from '../../../src/domain/approval.ts';
import type { AccessAnswer } from '../../../src/domain/access.ts';
import type { PolicyException } from '../../../src/domain/exception.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../../src/domain/policy.ts';
import type { RolloutRun, RunPhase } from '../../../src/domain/run.ts';
import { HandCache } from '../policy/support.ts';
import { EXECUTOR } from './fixture.ts';

export const NOW = Date.parse('2026-03-02T12:00:00Z');

export function later(minutes: number): string {
  return new Date(NOW + minutes * 60_000).toISOString();
}

export function run(phase: RunPhase, changedBy: string | null = 'ada'): RolloutRun {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutRun',
    metadata: { name: 'web-1', namespace: 'shop', uid: 'run-1' },
    spec: { changedBy: changedBy === null ? null : { username: changedBy } } as RolloutRun['spec'],
    status: { phase } as NonNullable<RolloutRun['status']>,
  };
}

export interface World {
  readonly runs: HandCache<RolloutRun>;
  readonly exceptions: HandCache<PolicyException>;
  readonly approvals: HandCache<Approval>;
  readonly policies: HandCache<RolloutPolicy>;
  readonly bindings: HandCache<RolloutPolicyBinding>;
}

export function worldOf(
  objects: { runs?: RolloutRun[]; exceptions?: PolicyException[] } = {},
): World {
  return {
    runs: new HandCache(objects.runs ?? []),
    exceptions: new HandCache(objects.exceptions ?? []),
    approvals: new HandCache(),
    policies: new HandCache(),
    bindings: new HandCache(),
  };
}

/** What is known of who may do what: the verbs listed, or a fixed answer. */
export type Rights = readonly string[] | AccessAnswer | 'unknown';

export function governanceOf(world: World, more: Partial<GovernanceChecks> = {}): GovernanceChecks {
  return {
    ...world,
    rules: {
      systemNamespace: 'sluice-system',
      exceptionNamespaces: [],
      reviewWithinMs: 24 * 3_600_000,
      identities: { machineApprovers: [], deliveryIdentities: [] },
    },
    maxExceptionMs: 30 * 24 * 3_600_000,
    maxEmergencyMs: 4 * 3_600_000,
    freshnessMs: 1000,
    now: () => NOW,
    ...more,
  };
}

export function checksOf(world: World, rights: Rights, more: Partial<GovernanceChecks> = {}) {
  const asked: string[] = [];
  const checks: OwnKindChecks = {
    executorUsernames: [EXECUTOR],
    validatePolicyObject: () => [],
    access: ({ question }) => {
      const { verb, resource = '', namespace = '', name = '' } = question;
      asked.push(`${verb} ${resource} ${namespace}/${name}`);
      if (rights === 'unknown') return undefined;
      if ('decision' in rights) return rights;
      return { decision: rights.includes(verb) ? 'allow' : 'noOpinion' };
    },
    governance: governanceOf(world, more),
  };
  return { checks, asked };
}
