import type { Approval } from '../domain/approval.ts';
import type { Canary } from '../domain/canary.ts';
import type { ObjectKey } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { RolloutRun } from '../domain/run.ts';
import { statusOf } from './canary-status.ts';
import { leftOver } from './commands.ts';
import type { DeliveryDeps } from './config.ts';
import type { Answers } from './inquiry.ts';
import type { Observation } from './observation.ts';
import { readAround, readBasis, timed, type Around, type Basis } from './observe-basis.ts';
import { primaryProblem, targetProblem, type ProblemContext } from './observe-problems.ts';
import { observePrevious } from './observe-previous.ts';
import type { ScalerScene } from './observe-scaler.ts';
import { observePrimary, observeTarget, type WorkloadLook } from './observe-workload.ts';
import type { PrimaryKeeper } from './primary-keeper.ts';
import type { Problem } from './problem.ts';
import type { RouteKeeper } from './route-keeper.ts';
import type { RouteContext, Router } from './router/types.ts';
import type { RepairLimit } from './repair-limit.ts';
import type { ScalerKeeper } from './scaler-keeper.ts';
import { servicesRight } from './services.ts';
import type { Settings } from './settings.ts';
import type { GeneratedService, SelectorLabel, Workload, WorkloadPart } from './workload/types.ts';

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
  return timed(deps, signal, (inner) =>
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
  const basis = await readBasis(deps, canary, signal);
  const around = await readAround(deps, canary, basis, memory);
  const { target, primary } = seen(basis, around, { canary, memory, now: deps.clock.now() });
  const { names, workload, run, runs } = basis;
  const approvals = memory.approvals(run);
  const asked = { canary, names, workload, run, primary, approvals };
  const previous = await observePrevious(asked, basis.read);
  const { scaler } = around;
  return {
    canary,
    settings: basis.settings,
    router: basis.router,
    routeContext: around.route.context,
    workload,
    selector: basis.selector,
    runs: runs.own,
    strayRuns: runs.strays,
    run,
    primaryPart: basis.live.primaryPart,
    configs: around.configs.snapshot,
    scaler: around.scaler,
    observation: {
      canary,
      names,
      status: statusOf(canary),
      targetKind: canary.spec.targetRef.kind,
      target,
      primary,
      scaler: scaler?.observation,
      previous,
      route: around.route.route,
      problem: problemIn({ deps, canary, ...basis }, { ...around, target }),
      safeDeletion: deps.config.safeDeletion,
      answers: memory.answers,
      strayRuns: runs.strays.length > 0,
      approvals,
      counting: countingOf(deps, approvals, run),
      leftOver: runs.own
        .filter((each) => each !== run)
        .flatMap((each) => leftOver(memory.approvals(each), each)),
      nextRun: runs.next,
      ...differences(deps, canary, basis, memory),
    },
  };
}

/** What target and primary are like. */
function seen(
  { settings, workload, selector, runs, live }: Basis,
  { configs }: Around,
  { canary, memory, now }: { canary: Canary; memory: Remembered; now: number },
): Pick<Observation, 'target' | 'primary'> {
  const look: WorkloadLook = {
    canary,
    settings,
    workload,
    selector,
    configs,
    runs: runs.own,
    keeper: memory.primary,
    copies: memory.copies,
    now,
  };
  const target = live.target && observeTarget(look, live.target, live.pods);
  return { target, primary: live.primary && observePrimary(look, live.primary, target) };
}

/** The first thing that keeps the Canary from going forward. */
function problemIn(
  context: ProblemContext & Basis,
  { configs, route, scalerProblem, target }: Around & Pick<Observation, 'target'>,
): Problem | undefined {
  const { live, selector } = context;
  return (
    targetProblem(context, live.target, selector) ??
    primaryProblem(context, target, live.primary) ??
    configs.problem ??
    scalerProblem ??
    route.problem
  );
}

/** What is to be looked at, and what of it somebody else must have changed. */
function differences(
  { caches }: DeliveryDeps,
  canary: Canary,
  basis: Basis,
  memory: Remembered,
): Pick<Observation, 'servicesUnseen' | 'foreign'> {
  const isKnown = !memory.isNewSpec(canary);
  const { pods } = basis.workload.capabilities;
  const generated = servicesFor(canary, basis);
  const cache = caches?.services;
  const isCopied = cache?.synced === true;
  const misdirected = isCopied && !servicesRight(cache, generated);
  // Ports that are found in the target's pods follow them, copies of a Service the Service.
  const followsTarget = canary.spec.service?.portDiscovery === true || !pods;
  const unknown = !isCopied && !pods && generated.length > 0;
  return {
    servicesUnseen: memory.firstLook(canary) || misdirected || unknown,
    foreign: { services: isKnown && misdirected && !followsTarget, route: isKnown },
  };
}

function servicesFor(
  canary: Canary,
  { workload, live, names, selector }: Basis,
): readonly GeneratedService[] {
  if (live.target === undefined || selector === undefined) return [];
  return workload.services(live.target, { canary, names, selector });
}

function countingOf(
  { standing, clock }: DeliveryDeps,
  approvals: readonly Approval[],
  run: RolloutRun | undefined,
): ReadonlySet<string | undefined> {
  const counting = run === undefined ? [] : (standing?.(approvals, run, clock.now()) ?? approvals);
  return new Set(counting.map(({ metadata }) => metadata.uid));
}
