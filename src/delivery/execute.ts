import type { Canary } from '../domain/canary.ts';
import { ClusterError } from '../domain/errors.ts';
import type { RolloutRun } from '../domain/run.ts';
import { digestOf } from '../lib/canonical-json.ts';
import type { Action, DriftKind, EventAction, Plan } from './action.ts';
import type { Announcer } from './announcer.ts';
import type { ApprovalIndex } from './approval-index.ts';
import type { DeliveryDeps } from './config.ts';
import { withDeadline } from './deadline.ts';
import {
  createPrimary,
  promotePrimary,
  restorePrimary,
  scaleTarget,
  writeRoute,
} from './execute-cluster.ts';
import { consume } from './execute-approvals.ts';
import { actOnPrevious, isPreviousAction } from './execute-previous.ts';
import { setFinalizer, writeCanaryStatus } from './execute-canary.ts';
import { restoreCopies } from './execute-configs.ts';
import { boundPrimaryScaler, setTargetScaler, writePrimaryScaler } from './execute-scaler.ts';
import { handBack } from './execute-deletion.ts';
import { actOnRuns, isRunAction } from './execute-runs.ts';
import { ensureServices } from './execute-services.ts';
import type { Execution } from './execution.ts';
import type { Inquirer } from './inquirer.ts';
import { keepJournal } from './journal.ts';
import type { CanaryMemory } from './memory.ts';
import type { Scene } from './observe.ts';
import type { RunLedger } from './run-ledger.ts';
import { ProblemError, problemOfClusterError } from './problem.ts';

/** Time for one action with all its requests, milliseconds. */
const ACTION_LIMIT_MS = 30_000;

/** What carries out plans. */
export interface Executor {
  readonly deps: DeliveryDeps;
  readonly inquirer: Inquirer;
  readonly announcer: Announcer;
  readonly approvals: ApprovalIndex;
  readonly ledger: RunLedger;
}

/**
 * Carries out a plan's actions in their order. When one fails the rest is left: every action is idempotent, and the
 * next tick plans anew from what the cluster shows.
 * @returns the Canary as last written
 * @throws ProblemError for what another attempt alone cannot mend; ClusterError otherwise
 */
export async function execute(
  executor: Executor,
  scene: Scene,
  plan: Plan,
  { memory, signal }: { memory: CanaryMemory; signal: AbortSignal },
): Promise<Canary> {
  const { deps } = executor;
  const { approvals, ledger } = executor;
  const execution: Execution = {
    deps,
    scene,
    approvals,
    ledger,
    signal,
    canary: scene.canary,
    run: scene.run,
  };
  for (const action of plan.actions) {
    if (isBeside(action)) {
      tell(executor, execution, action, memory);
      continue;
    }
    signal.throwIfAborted();
    const before = { canary: execution.canary, run: execution.run };
    await withDeadline(deps.clock, ACTION_LIMIT_MS, signal, (inner) => {
      const bounded: Execution = { ...execution, signal: inner };
      return act(bounded, action, memory).finally(() => {
        execution.canary = bounded.canary;
        execution.run = bounded.run;
      });
    }).catch((error: unknown) => {
      throw explained(error, action, scene);
    });
    keepJournal(deps, before, execution);
  }
  return execution.canary;
}

/** Actions that write nothing to the cluster. */
type BesideAction = Extract<Action, { type: 'ask' | 'event' | 'alert' | 'finished' }>;
type ClusterAction = Exclude<Action, BesideAction>;

const BESIDE: ReadonlySet<Action['type']> = new Set(['ask', 'event', 'alert', 'finished']);

function isBeside(action: Action): action is BesideAction {
  return BESIDE.has(action.type);
}

function tell(
  { deps, inquirer, announcer }: Executor,
  execution: Execution,
  action: BesideAction,
  memory: CanaryMemory,
): void {
  const { scene, canary, run } = execution;
  const checksum = checksumOf(canary, run);
  switch (action.type) {
    case 'ask': {
      if (action.inquiry.kind === 'gate') return;
      inquirer.ask(
        { ...aboutOf(scene, canary), checksum, told: announcer.told(canary) },
        action.inquiry,
      );
      return;
    }
    case 'event':
      if (!isToTell(action, memory, deps.clock.now())) return;
      announcer.announce(canary, action, checksum);
      if (action.drift !== undefined) reportDrift(deps, scene, action.drift);
      return;
    case 'alert':
      announcer.alert(canary, action);
      return;
    case 'finished': {
      const { namespace, target } = scene.observation.names;
      const { succeeded, skipped } = action;
      const strategy = run?.spec.strategy ?? scene.settings.strategy;
      deps.metrics?.finished({ namespace, target }, { succeeded, skipped, strategy });
      return;
    }
  }
}

/** What questions are about. */
function aboutOf(
  { observation, workload, router }: Scene,
  canary: Canary,
): Omit<Parameters<Inquirer['ask']>[0], 'checksum'> {
  return {
    canary,
    family: workload.metricFamily ?? router.metricFamily,
    target: observation.target?.object,
    phase: canary.status?.phase ?? observation.status.phase,
  };
}

function isToTell({ once, againAfterMs }: EventAction, memory: CanaryMemory, now: number): boolean {
  return once === undefined || memory.mayTell(once, now, againAfterMs);
}

async function act(
  execution: Execution,
  action: ClusterAction,
  memory: CanaryMemory,
): Promise<void> {
  if (isRunAction(action)) return actOnRuns(execution, action);
  if (isPreviousAction(action)) return actOnPrevious(execution, action);
  switch (action.type) {
    case 'createPrimary':
      return createPrimary(execution);
    case 'scaleTarget':
      return scaleTarget(execution, action.replicas);
    case 'promote':
      return promotePrimary(execution, action.revision);
    case 'ensureScaler':
      await writePrimaryScaler(execution);
      return action.pauses === true ? setTargetScaler(execution, false) : undefined;
    case 'boundScaler':
      return boundPrimaryScaler(execution, action.min);
    case 'finalizer':
      return setFinalizer(execution, action.present);
    case 'writeStatus':
      return writeCanaryStatus(execution, action.status);
    case 'consume':
      return consume(execution, action.approval, action.outcome);
    default:
      return putRight(execution, action, memory);
  }
}

/** What generated objects must be like, whoever changed them. */
type RepairAction = Extract<
  ClusterAction,
  { type: 'ensureServices' | 'route' | 'handBack' | 'restorePrimary' | 'restoreCopies' }
>;

async function putRight(
  execution: Execution,
  action: RepairAction,
  memory: CanaryMemory,
): Promise<void> {
  switch (action.type) {
    case 'ensureServices':
      return services(execution, action.apex, memory);
    case 'route':
      return writeRoute(execution, action.weights);
    case 'handBack':
      return handBack(execution);
    case 'restorePrimary':
      await restorePrimary(execution);
      memory.primary.restored(execution.deps.clock.now());
      return;
    case 'restoreCopies':
      await restoreCopies(execution);
      memory.copies.repaired(execution.deps.clock.now());
      return;
  }
}

function reportDrift(deps: DeliveryDeps, { observation }: Scene, kind: DriftKind): void {
  const { namespace, target, canary } = observation.names;
  deps.metrics?.repaired({ namespace, target }, kind);
  const fields = { canary: `${namespace}/${canary}`, kind };
  deps.logger.warn(fields, 'what a canary generated was changed by others and is put right');
}

async function services(execution: Execution, apex: boolean, memory: CanaryMemory): Promise<void> {
  const written = await ensureServices(execution, apex);
  if (written && apex) memory.looked(execution.canary);
}

/** What a Canary's hooks get to tell revisions apart: the digest of what is rolled out now. */
function checksumOf(canary: Canary, run: RolloutRun | undefined): string {
  const trackedConfigs = canary.status?.trackedConfigs ?? null;
  const lastAppliedSpec = run?.spec.revision ?? canary.status?.lastAppliedSpec ?? '';
  return digestOf({ trackedConfigs, lastAppliedSpec }).slice(
    'sha256:'.length,
    'sha256:'.length + 16,
  );
}

/** Names what an API error was about, where only a change outside can mend it. */
function explained(error: unknown, action: ClusterAction, scene: Scene): unknown {
  if (!(error instanceof ClusterError) || error.retryable) return error;
  const problem = problemOfClusterError(error, whatOf(action, scene));
  return problem === undefined ? error : new ProblemError(problem);
}

const SUBJECTS: Readonly<
  Record<
    ClusterAction['type'],
    'run' | 'services' | 'primary' | 'target' | 'scaler' | 'route' | 'canary' | 'approval'
  >
> = {
  createRun: 'run',
  recordRun: 'run',
  pruneRuns: 'run',
  endStrayRuns: 'run',
  ensureServices: 'services',
  handBack: 'services',
  createPrimary: 'primary',
  keepPrevious: 'primary',
  promote: 'primary',
  restorePrevious: 'primary',
  restorePrimary: 'primary',
  restoreCopies: 'primary',
  ensureScaler: 'scaler',
  boundScaler: 'scaler',
  scaleTarget: 'target',
  route: 'route',
  finalizer: 'canary',
  writeStatus: 'canary',
  consume: 'approval',
};

function whatOf(action: ClusterAction, { observation, workload }: Scene): string {
  const { namespace, canary, target, primary, apex } = observation.names;
  switch (SUBJECTS[action.type]) {
    case 'run':
      return `RolloutRun of ${canary}.${namespace}`;
    case 'services':
      return `Services of ${apex}.${namespace}`;
    case 'primary':
      return `${workload.kind} ${primary}.${namespace}`;
    case 'target':
      return `${workload.kind} ${target}.${namespace}`;
    case 'route':
      return `route ${apex}.${namespace}`;
    case 'scaler':
      return `autoscaler of ${workload.kind} ${primary}.${namespace}`;
    case 'approval':
      return `Approval of ${canary}.${namespace}`;
    case 'canary':
      return `Canary ${canary}.${namespace}`;
  }
}
