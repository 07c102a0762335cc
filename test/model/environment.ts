import type { Approval, ApprovalAction } from '../../src/domain/approval.ts';
import type { Answer } from '../../src/delivery/inquiry.ts';
import type { CanarySpec } from '../../src/domain/canary.ts';
import { agedCluster } from './canonical.ts';
import { changed, NAMESPACE, stored, type Cluster, type Stored } from './cluster.ts';
import { FRESH, type Memory, type Question } from './process.ts';
import type { Disturbance, Scenario } from './scenarios.ts';
import { agedId, CREATED_AT } from './time.ts';
import {
  canary,
  CANARY,
  deployment,
  isOpen,
  isReady,
  liveShares,
  newestRun,
  PRIMARY,
  revisionOf,
  ROUTE,
  TARGET,
  type Deployment,
} from './view.ts';

/** What is there at one moment: the cluster, and what the process remembers. */
export interface State {
  readonly cluster: Cluster;
  readonly memory: Memory;
}

/** Something that happens beside the process. */
export interface Happening {
  readonly label: string;
  /** undefined: things go well, or as somebody must do sooner or later; else it counts as a disturbance. */
  readonly kind: Disturbance | undefined;
  readonly state: State;
}

/** Everything that may happen to a state, what goes well first and in the order of a fair schedule. */
export function happenings(state: State, scenario: Scenario): Happening[] {
  const all = [...expected(state), ...disturbances(state)];
  return all.filter(
    ({ kind, state: next }) =>
      (kind === undefined || !scenario.without.includes(kind)) &&
      (next.cluster !== state.cluster || next.memory !== state.memory),
  );
}

/** What happens while nobody disturbs anything; whoever paused or suspended ends it. */
export function expected(state: State): Happening[] {
  const { cluster } = state;
  const going: Happening[] = [];
  const well = (label: string, next: State | undefined): void => {
    if (next !== undefined) going.push({ label, kind: undefined, state: next });
  };
  for (const [id, question] of state.memory.questions) {
    if (question.answer !== undefined) continue;
    const [label, answer] = goodAnswer(question);
    well(label, answered(state, id, answer));
  }
  well('canary ready', withPods(state, TARGET, 'ready'));
  well('primary ready', withPods(state, PRIMARY, 'ready'));
  if (newestRun(cluster)?.status?.paused !== undefined) well('Resume', said(state, 'Resume'));
  if (canary(cluster)?.spec.suspend === true)
    well('suspend off', withSpec(state, { suspend: false }));
  if (isAwaited(state)) well(`target → ${FIRST}`, released(state, FIRST));
  well('time passes', later(state));
  return going;
}

/** The revision that is released as soon as the Canary is initialised. */
const FIRST = 'app:B';

function isAwaited({ cluster }: State): boolean {
  return canary(cluster)?.status?.phase === 'Initialized' && newestRun(cluster) === undefined;
}

function goodAnswer({ inquiry }: Question): [string, Answer] {
  switch (inquiry.kind) {
    case 'hook':
      return inquiry.type === 'rollback'
        ? ['hook rollback: refused', { kind: 'hook', verdict: 'refused', message: 'HTTP 403' }]
        : [`hook ${inquiry.type}: passed`, { kind: 'hook', verdict: 'passed', message: '' }];
    case 'metric':
      return ['metric: pass', { kind: 'metric', answer: { kind: 'value', value: 100 } }];
    case 'probe':
      return ['probe: online', { kind: 'probe' }];
  }
}

function badAnswers({ inquiry }: Question): [string, Answer][] {
  switch (inquiry.kind) {
    case 'hook': {
      const verdicts =
        inquiry.type === 'rollback'
          ? (['passed', 'noAnswer'] as const)
          : (['refused', 'noAnswer'] as const);
      return verdicts.map((verdict) => [
        `hook ${inquiry.type}: ${verdict}`,
        { kind: 'hook', verdict, message: verdict === 'passed' ? '' : 'no' },
      ]);
    }
    case 'metric':
      return [
        ['metric: fail', { kind: 'metric', answer: { kind: 'value', value: 0 } }],
        ['metric: no data', { kind: 'metric', answer: { kind: 'noData', message: 'none' } }],
        ['metric: error', { kind: 'metric', answer: { kind: 'error', message: 'HTTP 500' } }],
      ];
    case 'probe': {
      const problem = { reason: 'MetricServerUnavailable', message: 'down' } as const;
      return [['probe: offline', { kind: 'probe', problem }]];
    }
  }
}

function disturbances(state: State): Happening[] {
  const found: Happening[] = [];
  const may = (kind: Disturbance, label: string, next: State | undefined): void => {
    if (next !== undefined) found.push({ label, kind, state: next });
  };
  for (const [id, question] of state.memory.questions) {
    if (question.answer !== undefined) continue;
    for (const [label, answer] of badAnswers(question)) {
      may('answers', label, answered(state, id, answer));
    }
  }
  for (const image of ['app:A', 'app:B', 'app:C']) {
    if (!isAwaited(state) || image !== FIRST)
      may('release', `target → ${image}`, released(state, image));
  }
  for (const pods of ['progressing', 'stuck', 'down'] as const) {
    may('readiness', `canary ${pods}`, withPods(state, TARGET, pods));
    may('readiness', `primary ${pods}`, withPods(state, PRIMARY, pods));
  }
  for (const weight of [0, 100]) may('weights', `weight ${weight} by hand`, weighed(state, weight));
  may('scale', 'target scaled to 0 by hand', scaled(state, 0));
  for (const action of VERBS) may('verbs', action, said(state, action));
  may('suspend', 'suspend on', withSpec(state, { suspend: true }));
  const { skipAnalysis = false } = canary(state.cluster)?.spec ?? {};
  may(
    'skip',
    `skipAnalysis ${skipAnalysis ? 'off' : 'on'}`,
    withSpec(state, { skipAnalysis: !skipAnalysis }),
  );
  may('deletion', 'canary deleted', deleted(state));
  may('crash', 'crash', state.memory === FRESH ? undefined : { ...state, memory: FRESH });
  return found;
}

const VERBS: readonly ApprovalAction[] = [
  'Approve',
  'Reject',
  'Promote',
  'Abort',
  'Retry',
  'Pause',
  'Resume',
];

/** What somebody may do to the cluster while the process is between two writes. */
export function interferences(
  { cluster }: State,
  scenario: Scenario,
): { label: string; change: (cluster: Cluster) => Cluster }[] {
  const on =
    (change: (state: State) => State | undefined) =>
    (live: Cluster): Cluster =>
      change({ cluster: live, memory: FRESH })?.cluster ?? live;
  const next = revisionOf(deployment(cluster, TARGET)) === 'app:C' ? 'app:B' : 'app:C';
  const all = [
    { kind: 'weights', label: 'weight 0 by hand', change: on((state) => weighed(state, 0)) },
    { kind: 'release', label: `target → ${next}`, change: on((state) => released(state, next)) },
    {
      kind: 'suspend',
      label: 'suspend on',
      change: on((state) => withSpec(state, { suspend: true })),
    },
  ] as const;
  return all.filter(({ kind }) => !scenario.without.includes(kind));
}

function put(state: State, key: string, object: Stored): State {
  if (state.cluster.get(key) === object) return state;
  return { ...state, cluster: new Map(state.cluster).set(key, object) };
}

function answered(state: State, id: string, answer: Answer): State {
  const question = state.memory.questions.get(id);
  if (question === undefined) return state;
  const questions = new Map(state.memory.questions).set(id, { ...question, answer });
  return { ...state, memory: { ...state.memory, questions } };
}

function released(state: State, image: string): State | undefined {
  const live = deployment(state.cluster, TARGET);
  if (live === undefined || revisionOf(live) === image) return undefined;
  return put(
    state,
    TARGET,
    edited(live, `image ${image}`, (spec) => ({
      ...spec,
      template: { ...spec.template, spec: { containers: [{ name: 'app', image }] } },
    })),
  );
}

function scaled(state: State, replicas: number): State | undefined {
  const live = deployment(state.cluster, TARGET);
  if (live === undefined || live.spec.replicas === replicas) return undefined;
  return put(
    state,
    TARGET,
    edited(live, `replicas ${replicas}`, (spec) => ({ ...spec, replicas })),
  );
}

const EDITED = new WeakMap<Stored, Map<string, Stored>>();

/** The same edit of the same object is the same object, so that its text is made only once. */
function once(live: Stored, name: string, make: () => Stored): Stored {
  const made = EDITED.get(live) ?? new Map<string, Stored>();
  EDITED.set(live, made);
  const found = made.get(name) ?? make();
  made.set(name, found);
  return found;
}

function edited(
  live: Deployment,
  name: string,
  change: (spec: Deployment['spec']) => Deployment['spec'],
): Stored {
  return once(live, name, () => changed(live, { ...live, spec: change(live.spec) }));
}

/** `down`: it misses its deadline and serves nobody; `stuck`: it misses it while old pods serve. */
type Pods = 'ready' | 'progressing' | 'stuck' | 'down';

function withPods(state: State, key: string, pods: Pods): State | undefined {
  const live = deployment(state.cluster, key);
  if (live === undefined) return undefined;
  const replicas = live.spec.replicas ?? 1;
  if (replicas === 0 && pods !== 'ready') return undefined;
  if (pods === 'ready' && isReady(live)) return undefined;
  const next = once(live, `pods ${pods}`, () => {
    const observedGeneration = live.metadata.generation;
    return changed(live, { ...live, status: { observedGeneration, ...podsOf(pods, replicas) } });
  });
  return next === live ? undefined : put(state, key, next);
}

function podsOf(pods: Pods, replicas: number): Deployment['status'] {
  const exceeded = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
  switch (pods) {
    case 'ready':
      return { replicas, updatedReplicas: replicas, availableReplicas: replicas };
    case 'progressing':
      return { replicas, updatedReplicas: replicas, availableReplicas: 0 };
    case 'stuck':
      return {
        replicas: replicas + 1,
        updatedReplicas: replicas,
        availableReplicas: replicas,
        conditions: exceeded,
      };
    case 'down':
      return { replicas, updatedReplicas: replicas, availableReplicas: 0, conditions: exceeded };
  }
}

function weighed(state: State, weight: number): State | undefined {
  const live = state.cluster.get(ROUTE);
  if (live === undefined || liveShares(state.cluster).canary === weight) return undefined;
  const next = once(live, `weight ${weight}`, () => {
    const copy = structuredClone(live) as {
      spec: { rules: { backendRefs: { name: string; weight: number }[] }[] };
    };
    for (const backend of copy.spec.rules[0]?.backendRefs ?? []) {
      backend.weight = backend.name.endsWith('-canary') ? weight : 100 - weight;
    }
    return changed(live, copy as unknown as Stored);
  });
  return put(state, ROUTE, next);
}

function withSpec(state: State, change: Partial<CanarySpec>): State | undefined {
  const live = canary(state.cluster);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return undefined;
  const name = JSON.stringify(change);
  const same = Object.entries(change).every(
    ([field, value]) => (live.spec as unknown as Record<string, unknown>)[field] === value,
  );
  if (same) return undefined;
  const next = once(live, name, () =>
    changed(live, { ...live, spec: { ...live.spec, ...change } }),
  );
  return { ...put(state, CANARY, next), memory: unseen(state.memory) };
}

/** The Canary has another generation than the process has looked at. */
function unseen(memory: Memory): Memory {
  const earlier = (seen: Memory['looked']): Memory['looked'] =>
    seen === 'this' ? 'earlier' : seen;
  return { ...memory, looked: earlier(memory.looked), followed: earlier(memory.followed) };
}

function deleted(state: State): State | undefined {
  const live = canary(state.cluster);
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) return undefined;
  const cluster = new Map(state.cluster);
  if ((live.metadata.finalizers ?? []).length === 0) {
    cluster.delete(CANARY);
    return { ...state, cluster: garbageCollected(cluster) };
  }
  const next = once(live, 'deleted', () =>
    changed(live, {
      ...live,
      metadata: { ...live.metadata, deletionTimestamp: CREATED_AT },
    }),
  );
  return put(state, CANARY, next);
}

/** Without what belongs to a Canary that is gone. */
export function garbageCollected(cluster: Cluster): Cluster {
  if (cluster.has(CANARY)) return cluster;
  const kept = [...cluster].filter(([, { metadata }]) => {
    return !(metadata.ownerReferences ?? []).some(({ kind }) => kind === 'Canary');
  });
  return kept.length === cluster.size ? cluster : new Map(kept);
}

function said(state: State, action: ApprovalAction): State | undefined {
  const run = newestRun(state.cluster);
  const key = `approvals/say-${action.toLowerCase()}`;
  const isBusy = [...state.cluster.keys()].some(
    (each) => each === key || (each.startsWith('approvals/') && each !== 'approvals/say-approve'),
  );
  if (run === undefined || isBusy || canary(state.cluster) === undefined) return undefined;
  if (!isOpen(run) && action !== 'Retry') return undefined;
  const approval = once(run, key, () => {
    const { name, uid = '' } = run.metadata;
    const made: Approval = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Approval',
      metadata: {
        name: `say-${action.toLowerCase()}`,
        namespace: NAMESPACE,
        uid: `uid-${key}`,
        generation: 1,
        resourceVersion: '1',
        creationTimestamp: CREATED_AT,
      },
      spec: {
        subject: { kind: 'RolloutRun', name, uid },
        action,
        approver: { username: 'bob' },
      },
    };
    return stored(made);
  });
  return put(state, key, approval);
}

/** An interval later: whatever was recorded is old, and rounds are due. */
function later(state: State): State | undefined {
  const cluster = agedCluster(state.cluster);
  const isSame = [...cluster].every(([key, object]) => state.cluster.get(key) === object);
  if (isSame) return undefined;
  const questions = new Map(
    [...state.memory.questions].map(([id, question]) => [agedId(id), renamed(id, question)]),
  );
  return { cluster, memory: { ...state.memory, questions } };
}

function renamed(id: string, question: Question): Question {
  const next = agedId(id);
  return next === id ? question : { ...question, inquiry: { ...question.inquiry, id: next } };
}
