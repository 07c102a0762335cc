/** One step of the planner, on one core: from a settled Canary to the busiest round. */
import { planTick } from '../../src/delivery/plan.ts';
import type { Answer } from '../../src/delivery/inquiry.ts';
import type { CanaryHook, CanaryMetric } from '../../src/domain/canary.ts';
import {
  CLOSED,
  OLD_REVISION,
  OPEN,
  PASSED,
  REFUSED,
  planArguments,
  roundId,
  runOf,
  type Situation,
} from '../support/plan-fixture.ts';
import type { Figure } from './page.ts';

const MAX_US = 50;
const WARM_UP = 5000;
const TURNS = 20_000;

const METRICS: readonly CanaryMetric[] = ['request-success-rate', 'request-duration', 'queue'].map(
  (name) => ({ name, interval: '1m', thresholdRange: { min: 1 } }),
);
const HOOKS = (
  [
    'confirm-rollout',
    'rollback',
    'pre-rollout',
    'rollout',
    'confirm-traffic-increase',
    'confirm-promotion',
  ] as const
).map((type): CanaryHook => ({ name: type, type, url: `http://hooks.example/${type}` }));
const ANALYSIS = { metrics: [...METRICS], webhooks: HOOKS };
const ZERO = { primary: 100, canary: 0, mirrored: false };

/** Every hook of the round has answered so, every metric is good, every gate is open. */
function answers(confirm: Answer = PASSED, gate: Answer = OPEN): Record<string, Answer> {
  const hooks = HOOKS.map((hook, i): [string, Answer] => {
    const isStop = hook.type === 'rollback';
    return [roundId(`${hook.type ?? ''}/${i}`, hook), isStop ? REFUSED : confirm];
  });
  const metrics = METRICS.map((metric, i): [string, Answer] => [
    roundId(`metric/${i}`, metric),
    { kind: 'metric', answer: { kind: 'value', value: 99.5 } },
  ]);
  const gates = ['RolloutStart', 'TrafficIncrease', 'Promotion'].flatMap((name) =>
    [0, 20, 40, 60].map((weight): [string, Answer] => [`gate/${name}/${weight}`, gate]),
  );
  return Object.fromEntries([...hooks, ...metrics, ...gates]);
}

function weighted(canary: number): Situation {
  const weights = { primary: 100 - canary, canary, mirrored: false };
  return {
    analysis: ANALYSIS,
    answers: answers(),
    run: runOf({ weights }),
    observation: { route: { present: true, drifted: false, weights } },
  };
}

const SITUATIONS: Readonly<Record<string, Situation>> = {
  settled: {
    run: undefined,
    status: { phase: 'Succeeded', canaryWeight: 0, lastAppliedSpec: OLD_REVISION },
    observation: { route: { present: true, drifted: false, weights: ZERO } },
  },
  'a round that asks': { analysis: ANALYSIS },
  'a round that advances': weighted(20),
  'a round that promotes': weighted(60),
  'a round that a gate holds': { analysis: ANALYSIS, answers: answers(PASSED, CLOSED) },
  'a round that a hook holds': { analysis: ANALYSIS, answers: answers(REFUSED) },
  'a round that rolls back': {
    analysis: ANALYSIS,
    answers: answers(),
    run: runOf({ failedChecks: 2 }),
  },
  'a record of fifty steps': {
    analysis: ANALYSIS,
    answers: answers(),
    run: runOf({ steps: Array.from({ length: 50 }, () => runOf().status?.steps ?? []).flat() }),
  },
};

/** The median and the worst of the situations' medians. */
export function bench(): Promise<Figure[]> {
  const medians = Object.values(SITUATIONS).map(medianOf);
  const figure = (name: string, value: number): Figure => ({
    name,
    value,
    unit: 'µs',
    target: `< ${MAX_US}`,
    ok: value < MAX_US,
  });
  const sorted = [...medians].sort((a, b) => a - b);
  return Promise.resolve([
    figure('a step of the planner, the usual one (median)', sorted[sorted.length >> 1] ?? Infinity),
    figure('a step of the planner, the slowest situation (median)', sorted.at(-1) ?? Infinity),
  ]);
}

/** Microseconds. */
function medianOf(situation: Situation): number {
  const given = planArguments(situation);
  let actions = 0;
  const turn = (): number => {
    const startedAt = performance.now();
    actions += planTick(...given).actions.length;
    return (performance.now() - startedAt) * 1000;
  };
  for (let i = 0; i < WARM_UP; i++) turn();
  const times = Float64Array.from({ length: TURNS }, turn).sort();
  if (actions < 0) throw new Error('never');
  return times[TURNS >> 1] ?? Infinity;
}
