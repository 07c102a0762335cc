import type { Approval } from '../domain/approval.ts';
import type { Canary } from '../domain/canary.ts';
import { ClusterError } from '../domain/errors.ts';
import type { ObjectKey } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { RolloutRun } from '../domain/run.ts';
import { statusOf } from './canary-status.ts';
import { leftOver } from './commands.ts';
import type { DeliveryDeps } from './config.ts';
import { withDeadline } from './deadline.ts';
import type { Answers } from './inquiry.ts';
import { namesOf } from './names.ts';
import type { Observation } from './observation.ts';
import { primaryProblem, targetProblem, type ProblemContext } from './observe-problems.ts';
import { observeConfigs } from './observe-configs.ts';
import { observeRoute, routerOptions } from './observe-route.ts';
import { observeScaler, type ScalerScene } from './observe-scaler.ts';
import { observePrevious } from './observe-previous.ts';
import {
  observePrimary,
  observeTarget,
  readWorkload,
  type WorkloadLook,
} from './observe-workload.ts';
import { routerOf, workloadOf } from './plugins.ts';
import type { PrimaryKeeper } from './primary-keeper.ts';
import { ProblemError } from './problem.ts';
import type { RouteKeeper } from './route-keeper.ts';
import type { ReadObject, RouteContext, Router } from './router/types.ts';
import { isTerminal } from './run-status.ts';
import { listRuns } from './runs.ts';
import type { RepairLimit } from './repair-limit.ts';
import type { ScalerKeeper } from './scaler-keeper.ts';
import { servicesRight } from './services.ts';
import { cookiesOf } from './session-affinity.ts';
import { settingsOf, type Settings } from './settings.ts';
import type { GeneratedService, SelectorLabel, Workload, WorkloadPart } from './workload/types.ts';

/** Time for one read, milliseconds. */
const READ_LIMIT_MS = 10_000;

/** Everything that one tick knows about a Canary. */
export interface Scene {
  readonly canary: Canary;
  readonly settings: Settings;
  readonly router: Router;
  /** What the route was observed with. */
  readonly routeContext: RouteContext;
  readonly workload: Workload;
  /** Undefined when the target is missing or uses none of the configured labels. */
  readonly selector: SelectorLabel | undefined;
  readonly runs: readonly RolloutRun[];
  /** Runs of an earlier Canary of the same name that were never ended. */
  readonly strayRuns: readonly RolloutRun[];
  /** The newest run. */
  readonly run: RolloutRun | undefined;
  /** Where the primary is; undefined while the target does not say so. */
  readonly primaryPart: WorkloadPart | undefined;
  /** What the process's copies showed of ConfigMaps and Secrets; undefined without copies. */
  readonly configs: readonly string[] | undefined;
  /** Undefined without an autoscaler. */
  readonly scaler: ScalerScene | undefined;
  readonly observation: Observation;
}

/** What the reconciler remembers and an observation contains. */
export interface Remembered {
  readonly answers: Answers;
  /** Approvals bound to a run that are not consumed. */
  approvals(run: RolloutRun | undefined): readonly Approval[];
  /** Whether this generation of the spec was looked at before. */
  firstLook(canary: Canary): boolean;
  /** Whether the spec has changed since the cluster was made to follow it. */
  isNewSpec(canary: Canary): boolean;
  /** What was promoted into the primary. */
  readonly primary: PrimaryKeeper;
  /** How often its copies of ConfigMaps and Secrets were put right. */
  readonly copies: RepairLimit;
  /** What its primary's autoscaler was when it was right. */
  readonly scaler: ScalerKeeper;
  /** Which route its data plane served. */
  readonly route: RouteKeeper;
}

/** Reads the Canary itself; undefined when there is none. */
export function readCanary(
  deps: DeliveryDeps,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Canary | undefined> {
  return reading(deps, signal, (inner) =>
    deps.client.get<Canary>(RESOURCES.canaries, key, { signal: inner }),
  );
}

/**
 * Looks at everything that a plan depends on, at once.
 * @throws ProblemError when the spec names a provider or kind of target that is not known
 * @throws ClusterError when something cannot be read
 */
export async function observe(
  deps: DeliveryDeps,
  canary: Canary,
  memory: Remembered,
  signal: AbortSignal,
): Promise<Scene> {
  const names = namesOf(canary);
  const workload = workloadOf(canary.spec.targetRef);
  const readObject: ReadObject = (type, key) =>
    reading(deps, signal, (inner) => deps.client.get(type, key, { signal: inner }));
  const [runs, live] = await Promise.all([
    reading(deps, signal, (inner) =>
      listRuns({ client: deps.client, signal: inner }, subject(canary)),
    ),
    readWorkload(workload, names, readObject),
  ]);
  const { target, primary } = live;
  const run = runs.own.at(-1);
  const provider = providerOf(deps, canary, run);
  const router = routerOf(provider);
  const settings = settingsOf(canary, provider, router.capabilities, deps.config.minIntervalMs);
  const hasPods = workload.capabilities.pods;
  const selector = target && workload.selector(target, deps.config.selectorLabels);
  const wanted: RouteContext = {
    canary,
    names,
    strategy: settings.strategy,
    cookies: cookiesOf(canary, run),
    options: routerOptions(deps.config),
    ...(selector === undefined || !hasPods ? {} : { selector }),
  };
  const [{ route, problem, context: routeContext }, configs, scaled] = await Promise.all([
    observeRoute(router, wanted, readObject, memory.route),
    observeConfigs(
      deps,
      canary,
      {
        target: hasPods ? target && workload.template(target) : undefined,
        primary: hasPods ? primary && workload.template(primary) : undefined,
      },
      { read: readObject, revisions: run === undefined ? [] : [run.spec.revision] },
    ),
    observeScaler(canary, { names, run, keeper: memory.scaler, read: readObject }),
  ]);
  const scaler = scaled !== undefined && 'scaler' in scaled ? scaled : undefined;
  const look: WorkloadLook = {
    canary,
    settings,
    workload,
    selector,
    configs,
    runs: runs.own,
    keeper: memory.primary,
    copies: memory.copies,
    now: deps.clock.now(),
  };
  const seenTarget = target && observeTarget(look, target, live.pods);
  const seenPrimary = primary && observePrimary(look, primary, seenTarget);
  const about: ProblemContext = { deps, canary, names, workload };
  const generated =
    target === undefined || selector === undefined
      ? []
      : workload.services(target, { canary, names, selector });
  const approvals = memory.approvals(run);
  const previous = await observePrevious(
    { canary, names, workload, run, primary: seenPrimary, approvals },
    readObject,
  );
  return {
    canary,
    settings,
    router,
    routeContext,
    workload,
    selector,
    runs: runs.own,
    strayRuns: runs.strays,
    run,
    primaryPart: live.primaryPart,
    configs: configs.snapshot,
    scaler,
    observation: {
      canary,
      names,
      status: statusOf(canary),
      targetKind: canary.spec.targetRef.kind,
      target: seenTarget,
      primary: seenPrimary,
      scaler: scaler?.observation,
      previous,
      route,
      problem:
        targetProblem(about, target, selector) ??
        primaryProblem(about, seenTarget, primary) ??
        configs.problem ??
        (scaled !== undefined && 'problem' in scaled ? scaled.problem : undefined) ??
        problem,
      safeDeletion: deps.config.safeDeletion,
      answers: memory.answers,
      strayRuns: runs.strays.length > 0,
      approvals,
      counting: countingOf(deps, approvals, run),
      leftOver: runs.own
        .filter((each) => each !== run)
        .flatMap((each) => leftOver(memory.approvals(each), each)),
      nextRun: runs.next,
      ...differences(memory, canary, servicesDrifted(deps, generated), hasPods),
    },
  };
}

/** What is to be looked at, and what of it somebody else must have changed. */
function differences(
  memory: Remembered,
  canary: Canary,
  misdirected: boolean,
  hasPods: boolean,
): Pick<Observation, 'servicesUnseen' | 'foreign'> {
  const isKnown = !memory.isNewSpec(canary);
  // Ports that are found in the target's pods follow them, copies of a Service the Service.
  const followsTarget = canary.spec.service?.portDiscovery === true || !hasPods;
  return {
    servicesUnseen: memory.firstLook(canary) || misdirected,
    foreign: { services: isKnown && misdirected && !followsTarget, route: isKnown },
  };
}

function countingOf(
  { standing, clock }: DeliveryDeps,
  approvals: readonly Approval[],
  run: RolloutRun | undefined,
): ReadonlySet<string | undefined> {
  const counting = run === undefined ? [] : (standing?.(approvals, run, clock.now()) ?? approvals);
  return new Set(counting.map(({ metadata }) => metadata.uid));
}

/** Whether the copies of the Services show that one is not as it ought to be. */
function servicesDrifted(
  { caches }: DeliveryDeps,
  generated: readonly GeneratedService[],
): boolean {
  const cache = caches?.services;
  return cache?.synced === true && !servicesRight(cache, generated);
}

/** A read with a time limit; no answer in time is an error of the API server. */
async function reading<T>(
  deps: DeliveryDeps,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(deps.clock, READ_LIMIT_MS, signal, work);
  } catch (error) {
    if (error instanceof ClusterError || error instanceof ProblemError || signal.aborted)
      throw error;
    throw new ClusterError('Timeout', 'the API server did not answer a read', { cause: error });
  }
}

function subject(canary: Canary): { namespace: string; name: string; uid: string } {
  const { name, namespace = 'default', uid = '' } = canary.metadata;
  return { namespace, name, uid };
}

/** A run goes on with the provider that it began with, so that its weights can be taken back. */
function providerOf(deps: DeliveryDeps, canary: Canary, run: RolloutRun | undefined): string {
  if (run !== undefined && !isTerminal(run)) return run.spec.provider;
  const { provider } = canary.spec;
  return provider === undefined || provider === '' ? deps.config.meshProvider : provider;
}
