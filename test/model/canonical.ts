import type { Approval } from '../../src/domain/approval.ts';
import type { Canary } from '../../src/domain/canary.ts';
import type { RolloutRun, RolloutRunStatus, RunStep } from '../../src/domain/run.ts';
import { stored, type Cluster, type Stored } from './cluster.ts';
import { aged, CREATED_AT, LONG_AGO } from './time.ts';

const NORMAL = new WeakMap<Stored, Stored>();
const TEXT = new WeakMap<Stored, string>();
const AGED = new WeakMap<Stored, Stored>();
const KNOWN = new Map<string, Stored>();

/** What a run's record keeps of everything before its last step: that it has begun, and the last weight. */
const BEGUN: RunStep = {
  step: 0,
  weight: 0,
  startedAt: LONG_AGO,
  decisions: [],
  measurements: [],
  action: 'start',
};

/**
 * The cluster without what no decision depends on: versions, generations, history, times of what only tells. Objects
 * that say the same are the same object afterwards.
 */
export function normalised(cluster: Cluster): Cluster {
  return new Map([...collected(cluster)].map(([key, object]) => [key, interned(key, object)]));
}

/** The cluster's content as text: the same for states that nobody can tell apart. */
export function clusterText(cluster: Cluster): string {
  const entries = [...cluster].map(([key, object]) => `${key}=${textOf(key, object)}`);
  return entries.sort().join('\n');
}

/** The cluster an interval later. */
export function agedCluster(cluster: Cluster): Cluster {
  return new Map(
    [...cluster].map(([key, object]) => [
      key,
      /^(?:rolloutruns|approvals|canaries)/.test(key) ? agedObject(key, object) : object,
    ]),
  );
}

function agedObject(key: string, object: Stored): Stored {
  const found = AGED.get(object);
  if (found !== undefined) return found;
  const text = JSON.stringify(object);
  const later = aged(text);
  const next = later === text ? object : interned(key, stored(JSON.parse(later) as Stored));
  AGED.set(object, next);
  return next;
}

function interned(key: string, object: Stored): Stored {
  const known = NORMAL.get(object);
  if (known !== undefined) return known;
  const normal = stored(normalObject(key, object));
  const text = textOf(key, normal);
  const name = `${key}=${text}`;
  const same = KNOWN.get(name) ?? normal;
  KNOWN.set(name, same);
  NORMAL.set(object, same);
  NORMAL.set(same, same);
  return same;
}

function textOf(key: string, object: Stored): string {
  const found = TEXT.get(object);
  if (found !== undefined) return found;
  const { metadata, spec, status } = object;
  const { labels, annotations, finalizers, ownerReferences, deletionTimestamp, uid } = metadata;
  const owners = ownerReferences?.map((owner) => owner.uid);
  const meta = {
    labels,
    annotations,
    finalizers,
    owners,
    deleted: deletionTimestamp !== undefined,
  };
  const text = JSON.stringify([meta, spec, statusText(key, object, status), uid]);
  TEXT.set(object, text);
  return text;
}

/** Whether a controller has seen an object's generation matters, the number does not. */
function statusText(key: string, { metadata }: Stored, status: unknown): unknown {
  if (!key.startsWith('deployments/')) return status;
  const { observedGeneration, ...rest } = (status ?? {}) as { observedGeneration?: number };
  return { ...rest, observed: observedGeneration === metadata.generation };
}

function normalObject(key: string, object: Stored): Stored {
  if (key.startsWith('rolloutruns/')) return normalRun(object as RolloutRun);
  if (key.startsWith('canaries/')) return normalCanary(object as Canary);
  return object;
}

function normalCanary(canary: Canary): Stored {
  const { status } = canary;
  if (status === undefined) return canary;
  const conditions = [...(status.conditions ?? [])]
    // The process waits a moment after it has handed the traffic back.
    .map((each) => ({
      ...each,
      lastUpdateTime: each.reason === 'HandedBack' ? (each.lastUpdateTime ?? '') : CREATED_AT,
      lastTransitionTime: CREATED_AT,
    }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));
  const sorted = Object.fromEntries(Object.entries(status).sort(([a], [b]) => (a < b ? -1 : 1)));
  // A deletion waits for its target until a deadline.
  const isWaiting = status.phase === 'Terminating';
  const lastTransitionTime = isWaiting ? (status.lastTransitionTime ?? '') : CREATED_AT;
  return { ...canary, status: { ...sorted, conditions, lastTransitionTime } };
}

function normalRun(run: RolloutRun): Stored {
  const { status } = run;
  if (status === undefined) return run;
  return { ...run, status: sorted(normalRunStatus(status)) };
}

function sorted<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) as T;
}

function normalRunStatus(status: RolloutRunStatus): RolloutRunStatus {
  const last = status.steps.at(-1);
  const before = status.steps.slice(0, -1);
  const begun = before.some(({ action }) => action !== 'wait')
    ? [{ ...BEGUN, weight: before.at(-1)?.weight ?? 0 }]
    : [];
  const acts = (status.acts ?? []).map((act) => ({ ...act, at: CREATED_AT }));
  return {
    ...status,
    observedGeneration: 1,
    acts,
    steps: [...begun, ...(last === undefined ? [] : [normalStep(last)])],
    // That somebody disturbed it is only told.
    conditions: status.conditions
      .filter(({ type }) => type !== 'Disturbed')
      .map((each) => ({ ...each, lastTransitionTime: CREATED_AT }))
      .sort((a, b) => (a.type < b.type ? -1 : 1)),
    reservations: status.reservations.map((each) => ({ ...each, at: CREATED_AT })),
    ...(status.outcome === undefined ? {} : { outcome: { ...status.outcome, at: CREATED_AT } }),
    ...(status.wanted === undefined ? {} : { wanted: { ...status.wanted, at: CREATED_AT } }),
    ...(status.paused === undefined ? {} : { paused: { ...status.paused, since: CREATED_AT } }),
  };
}

/** Of what a step has measured and decided only who was asked and when counts: rounds are due by that. */
function normalStep(step: RunStep): RunStep {
  const newest = (times: readonly string[]): string | undefined => [...times].sort().at(-1);
  const measured = newest(step.measurements.map(({ at }) => at));
  // Whether the last round passed, not what it measured.
  const verdict = step.measurements.at(-1)?.verdict === 'pass' ? 'pass' : 'fail';
  const seen = { name: 'seen', kind: 'hook' } as const;
  const gates = [...new Set(step.decisions.map(({ gate }) => gate))].sort();
  return {
    step: step.step,
    weight: step.weight,
    startedAt: step.startedAt,
    decisions: gates.map((gate) => ({
      gate,
      at: newest(step.decisions.filter((each) => each.gate === gate).map(({ at }) => at)) ?? '',
      verdict: 'allow',
      reasons: [],
      factsDigest: '',
      snapshotDigest: '',
    })),
    measurements: measured === undefined ? [] : [{ ...seen, at: measured, verdict }],
    action: step.action,
  };
}

/** Without Approvals that are consumed, and without what a run remembers of Approvals that are gone. */
function collected(cluster: Cluster): Cluster {
  const kept = [...cluster].filter(([key, object]) => {
    return !key.startsWith('approvals/') || (object as Approval).status?.consumed === undefined;
  });
  const uids = new Set(kept.map(([, { metadata }]) => metadata.uid));
  return new Map(
    kept.map(([key, object]) => {
      const { status } = object as RolloutRun;
      if (!key.startsWith('rolloutruns/') || (status?.acts ?? []).length === 0)
        return [key, object];
      const acts = (status?.acts ?? []).filter(({ uid }) => uids.has(uid));
      if (acts.length === status?.acts?.length) return [key, object];
      return [key, stored({ ...object, status: { ...status, acts } } as RolloutRun)];
    }),
  );
}
