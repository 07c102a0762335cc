import type { AccessReviewer } from '../../src/domain/access.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { systemClock } from '../../src/domain/clock.ts';
import type { ObjectCache } from '../../src/domain/client.ts';
import { silentLogger } from '../../src/domain/logger.ts';
import type { KubeObject } from '../../src/domain/object.ts';
import type { PolicyEngineDeps } from '../../src/policy/engine.ts';
import { staticCache } from '../../src/policy/static-cache.ts';
import {
  drawApprovals,
  drawBudgets,
  drawExceptions,
  drawInstant,
  drawNamespace,
  drawParam,
  drawWindows,
} from './draw-facts.ts';
import { drawRules, type Rules } from './draw-policies.ts';
import type { Random } from './random.ts';

/** A cluster at one moment, as a policy engine sees it. */
export interface Stage {
  readonly rules: Rules;
  readonly deps: PolicyEngineDeps;
  /** RFC 3339, of the clock that stands still. */
  readonly now: string;
}

const FRESHNESS_MS = 1000;

/** Draws policies and everything that decisions on them depend on but the question itself. */
export function drawStage(random: Random): Stage {
  const rules = drawRules(random);
  const now = drawInstant(random);
  const [windows, approvals, budgets] = [
    drawWindows(random),
    drawApprovals(random),
    drawBudgets(random),
  ];
  const exceptions = drawExceptions(random, rules, now);
  const namespace = drawNamespace(random) as unknown as KubeObject | null;
  const names = ['limits', 'others'].slice(0, random.int(0, 2));
  const params = names.map((name) => drawParam(random, name) as unknown as KubeObject);
  const cache = <T extends KubeObject>(objects: readonly T[]): ObjectCache<T> => {
    const age = random.chance(0.01) ? 2 * FRESHNESS_MS : 0;
    return { ...staticCache(objects), ageMs: () => age };
  };
  const paramCache = cache(params);
  const deps: PolicyEngineDeps = {
    policies: cache(rules.policies),
    bindings: cache(rules.bindings),
    windows: cache([]),
    namespaces: cache(namespace === null ? [] : [namespace]),
    paramObjects: (_apiVersion, kind) => (kind === 'ConfigMap' ? paramCache : undefined),
    succeededTemplates: (kind) =>
      kind === 'Deployment'
        ? [{ spec: { containers: [{ name: 'app', image: 'web:1' }] } }]
        : undefined,
    evaluateWindows: () => windows,
    governance: {
      caches: {},
      exceptions: () => exceptions,
      approvals: () => approvals,
      budgets: () => budgets,
    },
    clock: standingAt(now),
    freshnessMs: FRESHNESS_MS,
    systemNamespace: 'sluice-system',
    logger: silentLogger,
    access: ACCESS,
  };
  return { rules, deps, now };
}

/** Timers go on, the time does not: a decision is made at one instant. */
function standingAt(now: string): Clock {
  const epoch = Date.parse(now);
  return {
    now: () => epoch,
    monotonic: () => 0,
    setTimer: (callback, delayMs) => systemClock.setTimer(callback, delayMs),
  };
}

/** Knows the answer to everything. */
const ACCESS: AccessReviewer = {
  known: ({ user }) => ({ decision: user.username === 'ada' ? 'allow' : 'noOpinion' }),
  review: (request) => Promise.resolve(ACCESS.known(request) ?? { decision: 'noOpinion' }),
};
