import type { Approval } from '../domain/approval.ts';
import type { Canary } from '../domain/canary.ts';
import { ClusterError } from '../domain/errors.ts';
import type { KubeObject, ObjectKey } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { RolloutRun } from '../domain/run.ts';
import { statusOf } from './canary-status.ts';
import { leftOver } from './commands.ts';
import { copyRepairs, digestsOf, isConfiguredAs } from './config-tracker.ts';
import type { DeliveryDeps } from './config.ts';
import { withDeadline } from './deadline.ts';
import type { Answers } from './inquiry.ts';
import { hasNoController, isLeftBehind, namesOf, type DeliveryNames } from './names.ts';
import type { Observation, PrimaryObservation, TargetObservation } from './observation.ts';
import { primaryProblem, targetProblem } from './observe-problems.ts';
import { observeConfigs, type ConfigScene } from './observe-configs.ts';
import { observeRoute, routerOptions } from './observe-route.ts';
import { routerOf, workloadOf } from './plugins.ts';
import { primaryRevision } from './primary-identity.ts';
import type { PrimaryKeeper } from './primary-keeper.ts';
import { ProblemError } from './problem.ts';
import { changedByOf, imagesOf, revisionOf } from './revision.ts';
import type { ReadObject, RouteContext, Router } from './router/types.ts';
import { isTerminal } from './run-status.ts';
import { listRuns } from './runs.ts';
import type { RepairLimit } from './repair-limit.ts';
import { servicesOf, servicesRight } from './services.ts';
import { cookiesOf } from './session-affinity.ts';
import { settingsOf, type Settings } from './settings.ts';
import type { SelectorLabel, Workload } from './workload/types.ts';

/** Time for one read, milliseconds. */
const READ_LIMIT_MS = 10_000;

/** A primary without pods serves nobody, though nothing is left to roll out. */
const AT_ZERO = { state: 'progressing', message: 'it is scaled to zero' } as const;

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
  /** What the process's copies showed of ConfigMaps and Secrets; undefined without copies. */
  readonly configs: readonly string[] | undefined;
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
  const read = (name: string): Promise<KubeObject | undefined> =>
    reading(deps, signal, (inner) =>
      deps.client.get(workload.resource, { namespace: names.namespace, name }, { signal: inner }),
    );
  const [runs, target, primary] = await Promise.all([
    reading(deps, signal, (inner) =>
      listRuns({ client: deps.client, signal: inner }, subject(canary)),
    ),
    read(names.target),
    read(names.primary),
  ]);
  const run = runs.own.at(-1);
  const provider = providerOf(deps, canary, run);
  const router = routerOf(provider);
  const settings = settingsOf(canary, provider, router.capabilities, deps.config.minIntervalMs);
  const selector = target && workload.selector(target, deps.config.selectorLabels);
  const routeContext: RouteContext = {
    canary,
    names,
    strategy: settings.strategy,
    cookies: cookiesOf(canary, run),
    options: routerOptions(deps.config),
    ...(selector === undefined ? {} : { selector }),
  };
  const readObject: ReadObject = (type, key) =>
    reading(deps, signal, (inner) => deps.client.get(type, key, { signal: inner }));
  const [{ route, problem }, configs] = await Promise.all([
    observeRoute(router, routeContext, readObject),
    observeConfigs(
      deps,
      canary,
      {
        target: target && workload.template(target),
        primary: primary && workload.template(primary),
      },
      { read: readObject, revisions: run === undefined ? [] : [run.spec.revision] },
    ),
  ]);
  const keeper = memory.primary;
  const look: Look = {
    deps,
    canary,
    names,
    settings,
    workload,
    keeper,
    copies: memory.copies,
    now: deps.clock.now(),
  };
  const seenTarget = target && observeTarget(look, target, configs);
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
    configs: configs.snapshot,
    observation: {
      canary,
      names,
      status: statusOf(canary),
      targetKind: canary.spec.targetRef.kind,
      target: seenTarget,
      primary:
        primary &&
        observePrimary(look, primary, { target: seenTarget, selector, runs: runs.own, configs }),
      route,
      problem:
        targetProblem(look, target, selector) ??
        primaryProblem(look, seenTarget, primary) ??
        configs.problem ??
        problem,
      answers: memory.answers,
      strayRuns: runs.strays.length > 0,
      approvals: memory.approvals(run),
      counting: countingOf(deps, memory.approvals(run), run),
      leftOver: runs.own
        .filter((each) => each !== run)
        .flatMap((each) => leftOver(memory.approvals(each), each)),
      nextRun: runs.next,
      ...differences(memory, canary, servicesDrifted(look, target, selector)),
    },
  };
}

/** What is to be looked at, and what of it somebody else must have changed. */
function differences(
  memory: Remembered,
  canary: Canary,
  misdirected: boolean,
): Pick<Observation, 'servicesUnseen' | 'foreign'> {
  const isKnown = !memory.isNewSpec(canary);
  // Ports that are found in the target's pods follow them.
  const followsPods = canary.spec.service?.portDiscovery === true;
  return {
    servicesUnseen: memory.firstLook(canary) || misdirected,
    foreign: { services: isKnown && misdirected && !followsPods, route: isKnown },
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

/** Whether the copies of the Services show that somebody changed one. */
function servicesDrifted(
  { deps, canary, names, workload }: Look,
  target: KubeObject | undefined,
  selector: SelectorLabel | undefined,
): boolean {
  const cache = deps.caches?.services;
  if (cache?.synced !== true || target === undefined || selector === undefined) return false;
  const wanted = servicesOf(canary, names, selector, workload.template(target));
  return !servicesRight(cache, wanted, canary);
}

interface Look {
  readonly deps: DeliveryDeps;
  readonly canary: Canary;
  readonly names: DeliveryNames;
  readonly settings: Settings;
  readonly workload: Workload;
  readonly keeper: PrimaryKeeper;
  readonly copies: RepairLimit;
  readonly now: number;
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

function observeTarget(
  look: Look,
  object: KubeObject,
  { tracked, on }: ConfigScene,
): TargetObservation {
  const { workload, settings, now } = look;
  const template = workload.template(object);
  const rule = {
    percent: settings.canaryReadyPercent,
    deadlineSeconds: settings.progressDeadlineSeconds,
    now,
  };
  return {
    object,
    replicas: workload.replicas(object),
    available: workload.available(object),
    readiness: workload.readiness(object, rule),
    revision: revisionOf(template, tracked),
    ...(on ? { configs: tracked } : {}),
    images: imagesOf(template),
    changedBy: changedByOf(object),
  };
}

interface PrimarySurroundings {
  readonly target: TargetObservation | undefined;
  readonly selector: SelectorLabel | undefined;
  /** Of this Canary, oldest first. */
  readonly runs: readonly RolloutRun[];
  readonly configs: ConfigScene;
}

function observePrimary(
  look: Look,
  object: KubeObject,
  { target, selector, runs, configs }: PrimarySurroundings,
): PrimaryObservation {
  const { workload, settings, now, canary } = look;
  const rule = {
    percent: settings.primaryReadyPercent,
    deadlineSeconds: settings.progressDeadlineSeconds,
    now,
  };
  const replicas = workload.replicas(object);
  const samePods =
    target !== undefined &&
    selector !== undefined &&
    workload.samePods(object, target.object, selector);
  const sameConfigs = isConfiguredAs(configs.copies, configs.tracked);
  const revision = primaryRevision(object, {
    canary,
    status: statusOf(canary),
    runs,
    targetRevision: target?.revision,
    workload,
    selector,
    samePods,
    sameConfigs,
    configs: digestsOf(configs.copies),
  });
  const isTargets = target !== undefined && target.revision === revision;
  // An earlier Canary's, or one that was taken from its Canary: only we and Flagger write such ids.
  const leftBehind =
    isLeftBehind(object, canary) ||
    (hasNoController(object) && workload.identity(object) !== undefined);
  return {
    object,
    replicas,
    available: workload.available(object),
    readiness: replicas === 0 ? AT_ZERO : workload.readiness(object, rule),
    revision,
    samePods,
    sameConfigs,
    configs: digestsOf(configs.copies),
    copies: look.copies.allows(now)
      ? copyRepairs(configs.copies, isTargets ? configs.tracked : undefined, canary)
      : [],
    leftBehind,
    restore: look.keeper.judge(object, workload, revision, isTargets ? samePods : undefined, now),
  };
}
