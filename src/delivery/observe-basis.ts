import type { Canary } from '../domain/canary.ts';
import { ClusterError, type ClusterErrorReason } from '../domain/errors.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { DeliveryDeps } from './config.ts';
import { withDeadline } from './deadline.ts';
import { namesOf, type DeliveryNames } from './names.ts';
import { observeConfigs, type ConfigScene } from './observe-configs.ts';
import { observeRoute, routerOptions } from './observe-route.ts';
import { observeScaler, type ScalerScene } from './observe-scaler.ts';
import { readWorkload, type LiveWorkload } from './observe-workload.ts';
import { routerOf, workloadOf } from './plugins.ts';
import { ProblemError, type Problem } from './problem.ts';
import type { RouteKeeper } from './route-keeper.ts';
import type { ReadObject, RouteContext, Router } from './router/types.ts';
import { isTerminal } from './run-status.ts';
import { listRuns, type Runs } from './runs.ts';
import type { ScalerKeeper } from './scaler-keeper.ts';
import { cookiesOf } from './session-affinity.ts';
import { settingsOf, type Settings } from './settings.ts';
import type { SelectorLabel, Workload } from './workload/types.ts';

/** Time for one read, milliseconds. */
const READ_LIMIT_MS = 10_000;
const MAX_ATTEMPTS = 3;
const PASSING: readonly ClusterErrorReason[] = ['ServerError', 'Unreachable'];

/** What is read first, and what it means for the rest. */
export interface Basis {
  readonly names: DeliveryNames;
  readonly workload: Workload;
  readonly runs: Runs;
  /** The newest run. */
  readonly run: RolloutRun | undefined;
  readonly live: LiveWorkload;
  readonly selector: SelectorLabel | undefined;
  readonly provider: string;
  readonly router: Router;
  readonly settings: Settings;
  /** Reads one object within the time for one read. */
  readonly read: ReadObject;
}

/** What is read beside target and primary. */
export interface Around {
  readonly route: Awaited<ReturnType<typeof observeRoute>>;
  readonly configs: ConfigScene;
  readonly scaler: ScalerScene | undefined;
  readonly scalerProblem: Problem | undefined;
}

/**
 * Reads runs, target and primary.
 * @throws ProblemError when the spec names a provider or kind of target that is not known
 * @throws ClusterError when something cannot be read
 */
export async function readBasis(
  deps: DeliveryDeps,
  canary: Canary,
  signal: AbortSignal,
): Promise<Basis> {
  const { client, config } = deps;
  const names = namesOf(canary);
  const workload = workloadOf(canary.spec.targetRef);
  const read: ReadObject = (type, key) =>
    timed(deps, signal, (inner) => client.get(type, key, { signal: inner }));
  const { name, namespace = 'default', uid = '' } = canary.metadata;
  const [runs, live] = await Promise.all([
    timed(deps, signal, (inner) => listRuns({ client, signal: inner }, { namespace, name, uid })),
    readWorkload(workload, names, read),
  ]);
  const run = runs.own.at(-1);
  const provider = providerOf(deps, canary, run);
  const router = routerOf(provider);
  const settings = settingsOf(canary, provider, router.capabilities, config.minIntervalMs);
  const selector = live.target && workload.selector(live.target, config.selectorLabels);
  return { names, workload, runs, run, live, selector, provider, router, settings, read };
}

/**
 * Reads route, configs and autoscalers.
 * @throws ClusterError when something cannot be read
 */
export async function readAround(
  deps: DeliveryDeps,
  canary: Canary,
  { names, workload, run, live, selector, router, settings, read }: Basis,
  memory: { readonly route: RouteKeeper; readonly scaler: ScalerKeeper },
): Promise<Around> {
  const { pods } = workload.capabilities;
  const wanted: RouteContext = {
    canary,
    names,
    strategy: settings.strategy,
    cookies: cookiesOf(canary, run),
    options: routerOptions(deps.config),
    ...(selector === undefined || !pods ? {} : { selector }),
  };
  const templates = {
    target: pods ? live.target && workload.template(live.target) : undefined,
    primary: pods ? live.primary && workload.template(live.primary) : undefined,
  };
  const revisions = run === undefined ? [] : [run.spec.revision];
  const [route, configs, scaled] = await Promise.all([
    observeRoute(router, wanted, read, memory.route),
    observeConfigs(deps, canary, templates, { read, revisions }),
    observeScaler(canary, { names, run, keeper: memory.scaler, read }),
  ]);
  const scaler = scaled !== undefined && 'scaler' in scaled ? scaled : undefined;
  const scalerProblem = scaled !== undefined && 'problem' in scaled ? scaled.problem : undefined;
  return { route, configs, scaler, scalerProblem };
}

/**
 * A read with a time limit; no answer in time is an error of the API server. One that fails in passing is tried again at
 * once: a look at a Canary is many reads, and would hardly ever be whole while one in ten fails.
 */
export async function timed<T>(
  deps: DeliveryDeps,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(deps.clock, READ_LIMIT_MS, signal, (inner) => tried(work, inner));
  } catch (error) {
    if (error instanceof ClusterError || error instanceof ProblemError || signal.aborted)
      throw error;
    throw new ClusterError('Timeout', 'the API server did not answer a read', { cause: error });
  }
}

async function tried<T>(
  work: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(signal);
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || signal.aborted || !isPassing(error)) throw error;
    }
  }
}

/** Not a server that says itself when to come again. */
function isPassing(error: unknown): boolean {
  return error instanceof ClusterError && PASSING.includes(error.reason);
}

/** A run goes on with the provider that it began with, so that its weights can be taken back. */
function providerOf(deps: DeliveryDeps, canary: Canary, run: RolloutRun | undefined): string {
  if (run !== undefined && !isTerminal(run)) return run.spec.provider;
  const { provider } = canary.spec;
  return provider === undefined || provider === '' ? deps.config.meshProvider : provider;
}
