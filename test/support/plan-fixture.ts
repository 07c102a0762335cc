import type { Action, Plan } from '../../src/delivery/action.ts';
import { statusOf } from '../../src/delivery/canary-status.ts';
import { questionId, type Answer, type Answers } from '../../src/delivery/inquiry.ts';
import { namesOf } from '../../src/delivery/names.ts';
import type { Observation } from '../../src/delivery/observation.ts';
import { planTick } from '../../src/delivery/plan.ts';
import type { RouterCapabilities } from '../../src/delivery/router/types.ts';
import { settingsOf } from '../../src/delivery/settings.ts';
import type {
  Canary,
  CanaryAnalysis,
  CanaryHook,
  CanaryMetric,
  CanarySpec,
  CanaryStatus,
} from '../../src/domain/canary.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { RolloutRun, RolloutRunStatus } from '../../src/domain/run.ts';

export const NOW = Date.UTC(2026, 0, 1, 12);
export const OLD_REVISION = `sluice.v1:${'0'.repeat(64)}`;
export const NEW_REVISION = `sluice.v1:${'1'.repeat(64)}`;
const INTERVAL_MS = 60_000;

/** A Canary with steps of 20 to 60 and a threshold of 2. */
export function canaryOf(spec: Partial<CanarySpec> = {}, analysis: CanaryAnalysis = {}): Canary {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'app', namespace: 'shop', uid: 'canary-uid', generation: 1 },
    spec: {
      provider: 'gatewayapi:v1',
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' },
      service: { port: 80 },
      analysis: { interval: '1m', threshold: 2, stepWeight: 20, maxWeight: 60, ...analysis },
      ...spec,
    },
  };
}

/** A run under analysis at 20 percent whose round is due. */
export function runOf(status: Partial<RolloutRunStatus> = {}): RolloutRun {
  const startedAt = new Date(NOW - INTERVAL_MS).toISOString();
  const weights = status.weights ?? { primary: 80, canary: 20, mirrored: false };
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutRun',
    metadata: { name: 'app-1', namespace: 'shop', uid: 'run-uid' },
    spec: {
      subject: {
        apiVersion: 'flagger.app/v1beta1',
        kind: 'Canary',
        name: 'app',
        uid: 'canary-uid',
      },
      revision: NEW_REVISION,
      images: [{ container: 'app', image: 'app:2' }],
      changedBy: null,
      strategy: 'canary',
      provider: 'gatewayapi:v1',
    },
    status: {
      phase: 'Progressing',
      step: 1,
      weights,
      steps: [
        {
          step: 1,
          weight: weights.canary,
          startedAt,
          decisions: [],
          measurements: [],
          action: 'advance',
        },
      ],
      failedChecks: 0,
      unknownChecks: 0,
      reservations: [],
      conditions: [],
      ...status,
    },
  };
}

export interface Situation {
  readonly spec?: Partial<CanarySpec>;
  readonly analysis?: CanaryAnalysis;
  readonly status?: Partial<CanaryStatus>;
  readonly run?: RolloutRun | undefined;
  readonly observation?: Partial<Observation>;
  /** Answers by inquiry id. */
  readonly answers?: Readonly<Record<string, Answer | 'pending'>>;
  readonly deleted?: boolean;
  /** What the router can do beside moving traffic by weight; default: nothing. */
  readonly capabilities?: Partial<RouterCapabilities>;
}

/** Plans a situation; what is not said is a healthy run at 20 percent. */
export function planOf(situation: Situation): Plan {
  return planTick(...planArguments(situation));
}

/** What the planner gets in a situation. */
export function planArguments(situation: Situation): Parameters<typeof planTick> {
  const canary = canaryOf(situation.spec, situation.analysis);
  if (situation.deleted === true) canary.metadata.deletionTimestamp = '2026-01-01T11:00:00Z';
  canary.status = {
    phase: 'Progressing',
    failedChecks: 0,
    canaryWeight: 20,
    iterations: 0,
    lastAppliedSpec: NEW_REVISION,
    lastPromotedSpec: OLD_REVISION,
    ...situation.status,
  };
  const run = 'run' in situation ? situation.run : runOf();
  const capabilities = {
    weighted: canary.spec.provider !== 'kubernetes',
    mirror: false,
    mirrorsWeighted: false,
    match: false,
    affinity: false,
    ...situation.capabilities,
  };
  const settings = settingsOf(canary, canary.spec.provider ?? '', capabilities, 10_000);
  return [settings, run, observationOf(canary, situation), NOW];
}

function observationOf(canary: Canary, situation: Situation): Observation {
  const workload = {
    object: canary,
    replicas: 2,
    available: 2,
    readiness: { state: 'ready' },
  } as const;
  return {
    canary,
    names: namesOf(canary),
    status: statusOf(canary),
    targetKind: 'Deployment',
    target: { ...workload, revision: NEW_REVISION, images: [], changedBy: null },
    primary: { ...workload, revision: OLD_REVISION, samePods: false, leftBehind: false },
    route: { present: true, drifted: false, weights: { primary: 80, canary: 20, mirrored: false } },
    problem: undefined,
    answers: new Map(Object.entries(situation.answers ?? {})) satisfies Answers,
    strayRuns: false,
    approvals: [],
    counting: new Set(),
    leftOver: [],
    nextRun: 2,
    servicesUnseen: false,
    ...situation.observation,
  };
}

/** The plan as short texts: what is written, in order, without times; alerts follow from it and are left out. */
export function told(plan: Plan): string[] {
  return plan.actions.filter(({ type }) => type !== 'alert').map(textOf);
}

function textOf(action: Action): string {
  switch (action.type) {
    case 'ask':
      return `ask ${action.inquiry.kind === 'hook' ? action.inquiry.type : action.inquiry.id}`;
    case 'recordRun':
      return `run ${action.status.phase} ${action.status.weights.canary}`;
    case 'route':
      return `route ${action.weights.canary}`;
    case 'scaleTarget':
      return `scale ${action.replicas}`;
    case 'boundScaler':
      return `bound ${action.min}`;
    case 'writeStatus':
      return `status ${action.status.phase} ${action.status.canaryWeight}`;
    case 'event':
      return `event ${action.level} ${action.message}`;
    case 'ensureServices':
      return action.apex ? 'services with apex' : 'services';
    case 'finalizer':
      return action.present ? 'finalizer set' : 'finalizer taken away';
    case 'createRun':
      return `create run ${action.number}`;
    case 'consume':
      return `consume ${action.approval.metadata.name} ${action.outcome}`;
    case 'alert':
    case 'createPrimary':
    case 'endStrayRuns':
    case 'keepPrevious':
    case 'promote':
    case 'restorePrevious':
    case 'handBack':
    case 'restoreCopies':
    case 'ensureScaler':
    case 'restorePrimary':
    case 'pruneRuns':
    case 'finished':
      return action.type;
  }
}

const DECISION: Decision = {
  verdict: 'allow',
  violations: [],
  warnings: [],
  patch: [],
  auditAnnotations: {},
  cost: 0,
  snapshotDigest: '',
  factsDigest: '',
};

export const OPEN: Answer = { kind: 'gate', decision: DECISION };
export const CLOSED: Answer = {
  kind: 'gate',
  decision: { ...DECISION, verdict: 'hold', nextOpen: '2026-01-01T14:00:00Z' },
};
export const PASSED: Answer = { kind: 'hook', verdict: 'passed', message: '' };
export const REFUSED: Answer = { kind: 'hook', verdict: 'refused', message: 'HTTP 403' };

/** Id of a question of the fixture's round. */
export function roundId(place: string, about: CanaryHook | CanaryMetric): string {
  return questionId(`run-uid/${(NOW - INTERVAL_MS).toString(36)}`, place, about);
}
