import type { DeliveryDeps } from '../delivery/config.ts';
import { createRollingReconciler, isGoverned } from '../delivery/rolling/reconciler.ts';
import type { RunLedger } from '../delivery/run-ledger.ts';
import type { Approval } from '../domain/approval.ts';
import type { ObjectCache } from '../domain/client.ts';
import { keyOf, keyText, parseKeyText, type KubeObject, type ObjectKey } from '../domain/object.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun } from '../domain/run.ts';
import { createController } from '../kube/controller.ts';
import { wakeBudgetWaiters } from './budget-waiters.ts';
import type { Parts } from './parts.ts';
import { controllerRecorder } from './recorders.ts';

/** With the release of the Lease it fits into what the stop list gives one part. */
const DRAIN_MS = 14_000;

interface Watched {
  readonly deployments: ObjectCache<KubeObject>;
  readonly runs: ObjectCache<RolloutRun>;
  readonly approvals: ObjectCache<Approval>;
}

/** What governs plain Deployments while this process leads. */
export interface Rolling {
  /** Works until the signal aborts. */
  run(leading: AbortSignal): Promise<void>;
}

/**
 * Makes what governs rolling updates of plain Deployments: every change that may matter to one brings it back, and an
 * idle one costs nothing.
 * @param own `isOfCanary` tells which Deployments are a Canary's; `ledger` is shared with the rollouts of Canaries
 */
export function createRolling(
  parts: Parts,
  deps: DeliveryDeps,
  watched: Watched,
  own: { readonly isOfCanary: (key: ObjectKey) => boolean; readonly ledger: RunLedger },
): Rolling {
  const { config, clock, random, logger, metrics } = parts;
  const wake = (key: string): void => {
    controller.enqueue(key);
  };
  const reconciler = createRollingReconciler({
    ...deps,
    ...own,
    wake: (key) => {
      wake(keyText(key));
    },
  });
  const controller = createController({
    name: 'deployments',
    reconciler,
    workers: config.threadiness,
    clock,
    random,
    logger,
    metrics: controllerRecorder(metrics),
    drainMs: DRAIN_MS,
  });
  return {
    run: async (leading) => {
      const ends = follow(parts, watched, wake);
      for (const each of watched.deployments.list()) {
        if (isGoverned(each)) wake(keyText(keyOf(each)));
      }
      for (const key of underWay(watched.runs)) wake(key);
      await controller.run(leading);
      for (const end of ends) end();
      await reconciler.close();
    },
  };
}

function follow(
  { engine }: Parts,
  { deployments, runs, approvals }: Watched,
  wake: (key: string) => void,
): readonly (() => void)[] {
  const subjectOf = (run: RolloutRun | undefined): string | undefined =>
    run?.spec.subject.kind === 'Deployment'
      ? keyText({ namespace: run.metadata.namespace ?? '', name: run.spec.subject.name })
      : undefined;
  const wakeSubject = (run: RolloutRun | undefined): void => {
    const key = subjectOf(run);
    if (key !== undefined) wake(key);
  };
  return [
    deployments.subscribe((key) => {
      const found = deployments.get(parseKeyText(key));
      if (found === undefined ? underWay(runs).has(key) : isGoverned(found)) wake(key);
    }),
    runs.subscribe((key) => {
      wakeSubject(runs.get(parseKeyText(key)));
    }),
    approvals.subscribe((key) => {
      const { namespace = '' } = parseKeyText(key);
      const { subject } = approvals.get(parseKeyText(key))?.spec ?? {};
      if (subject?.kind === 'RolloutRun') wakeSubject(runs.get({ namespace, name: subject.name }));
    }),
    engine.gateKeeper.subscribe(() => {
      for (const key of underWay(runs)) wake(key);
    }),
    wakeBudgetWaiters(runs, wake),
  ];
}

/** The Deployments that have a run under way. */
function underWay(runs: ObjectCache<RolloutRun>): ReadonlySet<string> {
  return new Set(
    runs
      .list()
      .filter(
        ({ spec, status }) =>
          spec.subject.kind === 'Deployment' &&
          !TERMINAL_RUN_PHASES.has(status?.phase ?? 'Pending'),
      )
      .map(({ metadata, spec }) =>
        keyText({ namespace: metadata.namespace ?? '', name: spec.subject.name }),
      ),
  );
}
