import type { ObjectCache, ObjectClient, EventRecorder } from '../domain/client.ts';
import { isClusterError } from '../domain/errors.ts';
import type { PolicyException } from '../domain/exception.ts';
import {
  keyOf,
  keyText,
  parseKeyText,
  type KubeObject,
  type ResourceType,
} from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { ChangeWindow } from '../domain/window.ts';
import { budgetStatus } from '../governance/budget-status.ts';
import { drawingRuns } from '../governance/drawing-run.ts';
import { exceptionStatus } from '../governance/exception-status.ts';
import type { StatusPlan } from '../governance/status-plan.ts';
import { windowStatus } from '../governance/window-status.ts';
import { createController, type Controller } from '../kube/controller.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import { rfc3339Millis } from '../policy/instant.ts';
import { exceptionRules, subjectOf, watchGovernance } from './governance-source.ts';
import type { Parts } from './parts.ts';

/** One status is a short write: what hangs is given up, so that the end of a term is not held up by it. */
const DRAIN_MS = 5000;
/** The longest that a timer is set for: what is far away is looked at again before. */
const MAX_AGAIN_MS = 3_600_000;
/** Runs change all the time: the status of a budget follows at most this often. */
const BUDGET_GATHER_MS = 1000;

/** What the statuses are written with. */
interface Writing {
  readonly parts: Parts;
  /** Of the leader. */
  readonly client: ObjectClient;
  readonly events: EventRecorder;
}

/**
 * Writes the status of every change window, exception and budget, and tells by events when an exception comes into
 * force, ends soon, has ended, or was not reviewed in time; until the signal aborts. A controller of one namespace writes
 * none. Never rejects.
 */
export async function keepGovernanceStatus(writing: Writing, leading: AbortSignal): Promise<void> {
  const { parts } = writing;
  if (parts.config.namespace !== '') return;
  const kept = [keepWindows(writing), keepExceptions(writing), keepBudgets(writing)];
  await Promise.all(kept.map(({ controller }) => controller.run(leading)));
  for (const { end } of kept) end();
}

interface Kept {
  readonly controller: Controller;
  readonly end: () => void;
}

function keepWindows(writing: Writing): Kept {
  const { parts } = writing;
  const windows = parts.caches.watch<ChangeWindow>(RESOURCES.changeWindows);
  return keep(writing, RESOURCES.changeWindows, windows, (window) =>
    windowStatus(window, rfc3339Millis(parts.clock.now())),
  );
}

function keepExceptions(writing: Writing): Kept {
  const { config, caches, clock } = writing.parts;
  const { exceptions, approvals } = watchGovernance(config, caches);
  const rules = exceptionRules(config);
  const kept = keep(writing, RESOURCES.policyExceptions, exceptions, (exception) => {
    const isEmergency = exception.spec.type === 'Emergency';
    return exceptionStatus(exception, approvals.list(), {
      ...rules,
      now: rfc3339Millis(clock.now()),
      noticeMs: isEmergency ? config.emergencyNotice : config.exceptionNotice,
    });
  });
  const follow = approvals.subscribe((key) => {
    const { namespace = '' } = parseKeyText(key);
    for (const each of exceptionsIn(exceptions, namespace)) {
      kept.controller.enqueue(keyText(keyOf(each)));
    }
  });
  return {
    ...kept,
    end: () => {
      follow();
      kept.end();
    },
  };
}

function exceptionsIn(
  exceptions: ObjectCache<PolicyException>,
  namespace: string,
): readonly PolicyException[] {
  return exceptions.list().filter(({ metadata }) => metadata.namespace === namespace);
}

function keepBudgets(writing: Writing): Kept {
  const { config, caches, clock } = writing.parts;
  const governance = watchGovernance(config, caches);
  const { budgets, runs } = governance;
  const kept = keep(writing, RESOURCES.rolloutBudgets, budgets, (budget) =>
    budgetStatus(
      budget,
      drawingRuns(runs.list(), (run) => subjectOf(governance, run)),
      { now: rfc3339Millis(clock.now()), systemNamespace: config.sluiceNamespace },
    ),
  );
  let gathering: { cancel(): void } | undefined;
  const follow = runs.subscribe(() => {
    if (budgets.list().length === 0) return;
    gathering ??= clock.setTimer(() => {
      gathering = undefined;
      for (const budget of budgets.list()) kept.controller.enqueue(keyText(keyOf(budget)));
    }, BUDGET_GATHER_MS);
  });
  return {
    ...kept,
    end: () => {
      gathering?.cancel();
      follow();
      kept.end();
    },
  };
}

/** Keeps the status of every object of a type as `plan` says; nothing is written where it is so already. */
function keep<T extends KubeObject & { status?: object }>(
  { parts, client, events }: Writing,
  type: ResourceType,
  cache: ObjectCache<T>,
  plan: (object: T) => StatusPlan<object>,
): Kept {
  const { clock, random, logger } = parts;
  const controller = createController({
    name: `${type.plural}/status`,
    reconciler: {
      reconcile: async (key, signal) => {
        const object = cache.get(key);
        if (object === undefined) return {};
        const { status, told, instants } = plan(object);
        if (!isSame(object.status, status)) {
          // Told first: an event that comes twice is counted, one that is lost is not seen by anybody.
          for (const { level, reason, message } of told) {
            events.record(object, level, reason, message);
          }
          await client.replaceStatus(type, { ...object, status }, { signal }).catch(unlessGone);
        }
        return again(instants, clock.now());
      },
    },
    workers: 1,
    clock,
    random,
    logger,
    drainMs: DRAIN_MS,
  });
  const end = cache.subscribe((key) => {
    controller.enqueue(key);
  });
  for (const object of cache.list()) controller.enqueue(keyText(keyOf(object)));
  return { controller, end };
}

function isSame(before: object | undefined, after: object): boolean {
  return canonicalJson((before ?? {}) as Json) === canonicalJson(after as Json);
}

/** When the next of the instants comes; one millisecond later, so that it has certainly come. */
function again(instants: readonly bigint[], nowMs: number): { requeueAfterMs?: number } {
  const ahead = instants
    .map((instant) => Number(instant / 1_000_000n) - nowMs + 1)
    .filter((ms) => ms > 0);
  return ahead.length === 0 ? {} : { requeueAfterMs: Math.min(...ahead, MAX_AGAIN_MS) };
}

function unlessGone(error: unknown): void {
  if (!isClusterError(error, 'NotFound')) throw error;
}
