import type { KubeObject } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { RolloutRun, RolloutRunStatus } from '../../domain/run.ts';
import type { ApprovalIndex } from '../approval-index.ts';
import type { DeliveryDeps } from '../config.ts';
import { withDeadline } from '../deadline.ts';
import { consume } from '../execute-approvals.ts';
import type { Inquirer } from '../inquirer.ts';
import { keepJournal } from '../journal.ts';
import { writeObjects, type ObjectWrite } from '../object-write.ts';
import { createRun, pruneRuns, recordRun } from '../runs.ts';
import type { RunLedger } from '../run-ledger.ts';
import type { RollingAction, RollingPlan } from './action.ts';
import { lastGoodTemplate, type ReplicaSet } from './last-good.ts';
import type { RollingObservation } from './observation.ts';
import { standIn } from './stand-in.ts';
import { holdWrites, noteWrites, releaseWrites, restoreWrites } from './writes.ts';

/** Reason of the Kubernetes Events of governed Deployments. */
const EVENT_REASON = 'RollingUpdate';
/** Time for one action with all its requests, milliseconds. */
const ACTION_LIMIT_MS = 30_000;
const MAX_SETS = 500;

/** What carries out plans. */
export interface RollingExecutor {
  readonly deps: DeliveryDeps;
  readonly inquirer: Inquirer;
  readonly approvals: ApprovalIndex;
  readonly ledger: RunLedger;
  /** Whether an event that is said once under this key is still to be said. */
  readonly firstTime: (key: string) => boolean;
}

/** The record as last written, so that the next write goes on from there. */
interface Execution {
  readonly obs: RollingObservation;
  readonly signal: AbortSignal;
  run: RolloutRun | undefined;
}

/**
 * Carries out a plan's actions in their order. When one fails the rest is left: every action is idempotent, and the next
 * look plans anew.
 * @throws ClusterError
 */
export async function executeRolling(
  executor: RollingExecutor,
  obs: RollingObservation,
  plan: RollingPlan,
  signal: AbortSignal,
): Promise<void> {
  const execution: Execution = { obs, signal, run: obs.runs.at(-1) };
  for (const action of plan.actions) {
    if (action.type === 'event') {
      tell(executor, obs.deployment, action);
      continue;
    }
    signal.throwIfAborted();
    const before = execution.run;
    await withDeadline(executor.deps.clock, ACTION_LIMIT_MS, signal, async (inner) => {
      const bounded: Execution = { ...execution, signal: inner };
      await act(executor, bounded, action);
      execution.run = bounded.run;
    });
    const canary = standIn(obs.deployment, obs.settings);
    keepJournal(executor.deps, { canary, run: before }, { canary, run: execution.run });
  }
}

type ClusterAction = Exclude<RollingAction, { type: 'event' }>;

async function act(
  executor: RollingExecutor,
  execution: Execution,
  action: ClusterAction,
): Promise<void> {
  const { deps, approvals } = executor;
  const { obs, signal } = execution;
  const access = { client: deps.client, signal };
  const write = (writes: readonly ObjectWrite[]): Promise<boolean> =>
    writeObjects(deps.client, writes, signal);
  switch (action.type) {
    case 'ask':
      ask(executor, obs, action.inquiry);
      return;
    case 'createRun':
      execution.run = await createRun(access, obs.deployment, action);
      return;
    case 'recordRun':
      return record(executor, execution, action.status);
    case 'hold':
      await write(holdWrites(obs.deployment, obs.revision));
      return;
    case 'release':
      await write(releaseWrites(obs.deployment));
      return;
    case 'restore':
      return restore(executor, execution, write);
    case 'note':
      await write(noteWrites(obs.deployment, obs.revision));
      return;
    case 'pruneRuns':
      return pruneRuns(access, obs.runs, deps.config.historyLimit);
    case 'consume':
      return consume({ deps, approvals, signal }, action.approval, action.outcome);
  }
}

function ask(
  { inquirer }: RollingExecutor,
  obs: RollingObservation,
  inquiry: Extract<RollingAction, { type: 'ask' }>['inquiry'],
): void {
  if (inquiry.kind === 'gate') return;
  const canary = standIn(obs.deployment, obs.settings);
  inquirer.ask({ canary, family: 'pods', phase: 'Progressing', checksum: '' }, inquiry);
}

async function record(
  { deps, ledger }: RollingExecutor,
  execution: Execution,
  status: RolloutRunStatus,
): Promise<void> {
  const { run, obs, signal } = execution;
  if (run === undefined) return;
  const observedGeneration = obs.deployment.metadata.generation ?? 0;
  const next = { ...status, observedGeneration };
  execution.run = await recordRun({ client: deps.client, signal }, run, next);
  ledger.saw(execution.run);
}

async function restore(
  executor: RollingExecutor,
  { obs, signal }: Execution,
  write: (writes: readonly ObjectWrite[]) => Promise<boolean>,
): Promise<void> {
  const { client } = executor.deps;
  const { namespace = 'default' } = obs.deployment.metadata;
  const sets = await client.list<ReplicaSet>(RESOURCES.replicaSets, {
    namespace,
    labelSelector: selectorOf(obs.deployment),
    limit: MAX_SETS,
    signal,
  });
  const template = lastGoodTemplate(obs.deployment, sets.items, obs.good);
  if (template !== undefined) {
    await write(restoreWrites(obs.deployment, template));
    return;
  }
  const message = 'No template to go back to is kept; the rollout is stopped where it is';
  tell(executor, obs.deployment, { type: 'event', level: 'Warning', message });
  await write(holdWrites(obs.deployment, obs.revision));
}

/** Labels alone: expressions of the selector would only narrow what owners tell apart anyway. */
function selectorOf(deployment: KubeObject): string {
  const { spec } = deployment as KubeObject & {
    spec?: { selector?: { matchLabels?: Record<string, string> } };
  };
  return Object.entries(spec?.selector?.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

function tell(
  { deps, firstTime }: RollingExecutor,
  deployment: KubeObject,
  { level, message, once }: Extract<RollingAction, { type: 'event' }>,
): void {
  if (once !== undefined && !firstTime(once)) return;
  deps.events.record(deployment, level, EVENT_REASON, message);
}
