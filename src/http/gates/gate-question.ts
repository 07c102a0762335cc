import { changedByOf, imagesOf } from '../../delivery/revision.ts';
import { nextWeight, settingsOf, type Settings } from '../../delivery/settings.ts';
import type { PodTemplate } from '../../delivery/workload/types.ts';
import type { Canary } from '../../domain/canary.ts';
import type { GateQuestion } from '../../domain/gates.ts';
import type { KubeObject } from '../../domain/object.ts';
import type { Gate } from '../../domain/policy.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun } from '../../domain/run.ts';

/** What is known of a Canary whose executor is somebody else. */
export interface GateScene {
  readonly canary: Canary;
  /** Its run under way, when Sluice keeps one. */
  readonly run: RolloutRun | undefined;
  /** The Deployment that it rolls out. */
  readonly target: KubeObject | undefined;
  /** Digest of the Canary's status and metadata as the hook sent it; '' when it sent none. */
  readonly checksum: string;
}

/** Executors of gates move traffic somehow; which provider they use is theirs to know. */
const ANY_ROUTER = {
  weighted: true,
  mirror: true,
  mirrorsWeighted: true,
  match: true,
  affinity: true,
} as const;

/** The Canary's run that has not ended; the newest when there are several. */
export function liveRunOf(canary: Canary, runs: readonly RolloutRun[]): RolloutRun | undefined {
  const { name, namespace = '', uid } = canary.metadata;
  return runs
    .filter(({ metadata, spec: { subject }, status }) => {
      const isOurs = subject.kind === 'Canary' && subject.name === name && subject.uid === uid;
      const isLive = status === undefined || !TERMINAL_RUN_PHASES.has(status.phase);
      return isOurs && isLive && metadata.namespace === namespace;
    })
    .sort((a, b) => createdAt(b) - createdAt(a))[0];
}

function createdAt({ metadata }: RolloutRun): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0;
}

/** A status that nobody has written yet. */
const UNWRITTEN = { phase: '', canaryWeight: 0, iterations: 0, failedChecks: 0 } as const;

/**
 * The question of a gate, from what the Canary's status says. Metrics are the executor's own: none are known here.
 * @param now RFC 3339
 */
export function gateQuestionOf(gate: Gate, scene: GateScene, now: string): GateQuestion {
  const { canary, run } = scene;
  const { provider = '' } = canary.spec;
  const status = { ...UNWRITTEN, ...canary.status };
  const settings = settingsOf(canary, provider, ANY_ROUTER, 0);
  const startedAt = run?.metadata.creationTimestamp ?? canary.status?.lastTransitionTime ?? now;
  const { changedBy, revision, images } = changeOf(scene);
  return {
    gate,
    subject: canary,
    changedBy,
    ...(run === undefined ? {} : { run: keyOfRun(run) }),
    rollout: {
      strategy: settings.strategy,
      provider,
      phase: status.phase,
      fromWeight: status.canaryWeight,
      toWeight: targetWeight(gate, settings, status.canaryWeight),
      maxWeight: settings.maxWeight,
      step: stepOf(settings, status.canaryWeight),
      iteration: status.iterations,
      failedChecks: status.failedChecks,
      threshold: settings.threshold,
      startedAt,
      stepStartedAt: canary.status?.lastTransitionTime ?? startedAt,
      revision,
      images,
      metrics: [],
    },
    now,
  };
}

/** What is rolled out, and who changed it: as the run has recorded it, or as the target says now. */
function changeOf({ run, target, checksum }: GateScene) {
  if (run !== undefined) return run.spec;
  const images = imagesOf(templateOf(target));
  const changedBy = target === undefined ? null : changedByOf(target);
  return { changedBy, revision: `checksum:${checksum}`, images };
}

function templateOf(target: KubeObject | undefined): PodTemplate {
  const { spec } = (target ?? {}) as { spec?: { template?: PodTemplate } };
  return spec?.template ?? {};
}

function keyOfRun({ metadata }: RolloutRun): NonNullable<GateQuestion['run']> {
  const { namespace = '', name, uid = '' } = metadata;
  return { namespace, name, uid };
}

/** The share that is asked for: none more before the start, the next step's, and all of it at the end. */
function targetWeight(gate: Gate, settings: Settings, live: number): number {
  if (gate === 'RolloutStart') return live;
  if (gate === 'Promotion') return 100;
  return settings.strategy === 'canary' ? (nextWeight(settings, live) ?? 100) : 100;
}

/** How many steps the canary has taken. */
function stepOf({ stepWeight, stepWeights }: Settings, live: number): number {
  if (stepWeights.length > 0) return stepWeights.filter((weight) => weight <= live).length;
  return stepWeight > 0 ? Math.ceil(live / stepWeight) : 0;
}
