import { isClusterError } from '../../domain/errors.ts';
import { GOVERNED_LABEL, HELD_ANNOTATION } from '../../domain/governed-deployment.ts';
import type { KubeObject, ObjectKey } from '../../domain/object.ts';
import type { Reconciler, ReconcileResult } from '../../domain/reconciler.ts';
import { RESOURCES } from '../../domain/resources.ts';
import { createApprovalIndex } from '../approval-index.ts';
import type { DeliveryDeps } from '../config.ts';
import { Inquirer } from '../inquirer.ts';
import type { Answer } from '../inquiry.ts';
import { createRunLedger, type RunLedger } from '../run-ledger.ts';
import { abandonRuns, listRuns } from '../runs.ts';
import type { RollingPlan } from './action.ts';
import { executeRolling, type RollingExecutor } from './execute.ts';
import { askRollingGate } from './gate.ts';
import type { RollingObservation } from './observation.ts';
import { observeRolling } from './observe.ts';
import { roundKey } from './plan-context.ts';
import { planRolling } from './plan.ts';

/** Plans that may follow each other within one call. */
const MAX_PLANS = 12;
const RETRY_MS = 1000;
const MAX_TOLD = 500;

export interface RollingDeps extends DeliveryDeps {
  /** Called with a Deployment's key when something that it waits for has come. */
  readonly wake: (key: ObjectKey) => void;
  /** Whether a Canary runs this Deployment, as its target or its primary. */
  readonly isOfCanary: (key: ObjectKey) => boolean;
  /** What budgets count; shared with the rollouts of Canaries. */
  readonly ledger?: RunLedger;
}

/** Whether changes of the Deployment are ours to let in: by its label, or because admission has held one. */
export function isGoverned({ metadata }: KubeObject): boolean {
  return (
    metadata.labels?.[GOVERNED_LABEL] === 'true' ||
    metadata.annotations?.[HELD_ANNOTATION] !== undefined
  );
}

/** Makes the reconciler of plain Deployments whose changes Sluice governs (design §3.3). */
export function createRollingReconciler(
  deps: RollingDeps,
): Reconciler & { close(): Promise<void> } {
  const inquirer = new Inquirer(deps, deps.wake);
  const approvals = createApprovalIndex(deps.caches?.approvals);
  const ledger = deps.ledger ?? createRunLedger(deps.caches?.runs);
  const told = new Set<string>();
  const firstTime = (key: string): boolean => {
    if (told.has(key)) return false;
    if (told.size >= MAX_TOLD) told.clear();
    told.add(key);
    return true;
  };
  const tools: Tools = { deps, inquirer, approvals, ledger, firstTime };
  return {
    reconcile: (key, signal) => reconcile(tools, key, signal),
    close: async () => {
      approvals.close();
      if (deps.ledger === undefined) ledger.close();
      await inquirer.close();
    },
  };
}

type Tools = RollingExecutor & { readonly deps: RollingDeps };

async function reconcile(
  tools: Tools,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  for (let plans = 0; plans < MAX_PLANS; plans++) {
    try {
      const result = await tick(tools, key, signal);
      if (result !== undefined) return result;
    } catch (error) {
      const isOutdated =
        isClusterError(error, 'Conflict') || isClusterError(error, 'AlreadyExists');
      if (!isOutdated) throw error;
    }
  }
  return { requeueAfterMs: RETRY_MS };
}

/** Observe, plan, execute, once. @returns undefined when another look must follow at once */
async function tick(
  tools: Tools,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<ReconcileResult | undefined> {
  const { deps, inquirer } = tools;
  const { name, namespace = 'default' } = key;
  const deployment = await deps.client.get(RESOURCES.deployments, key, { signal });
  const access = { client: deps.client, signal };
  if (deployment === undefined) {
    inquirer.keep(key, () => false);
    const subject = { namespace, name, kind: 'Deployment' };
    await abandonRuns(access, subject, deps.clock.now());
    return {};
  }
  if (!isGoverned(deployment) || deps.isOfCanary(key)) return {};
  const runs = await listRuns(access, { namespace, name, uid: deployment.metadata.uid ?? '' });
  const run = runs.own.at(-1);
  inquirer.keep(key, (id) => run !== undefined && id.startsWith(`${roundKey(run)}/`));
  const obs = observeRolling(deps, {
    deployment,
    runs,
    answers: inquirer.answers(key),
    approvals: (each) => tools.approvals.ofRun(each),
  });
  const plan = decide(tools, obs);
  await executeRolling(tools, obs, plan, signal);
  if (plan.again) return undefined;
  return plan.requeueAfterMs === undefined ? {} : { requeueAfterMs: plan.requeueAfterMs };
}

/** Plans, asking the gate on the way: it answers at once, so that a plan never rests on an old answer. */
function decide({ deps, ledger }: Tools, obs: RollingObservation): RollingPlan {
  const now = deps.clock.now();
  const run = obs.runs.at(-1);
  const first = planRolling(obs, now);
  const asked = first.actions.flatMap((action) =>
    action.type === 'ask' && action.inquiry.kind === 'gate' ? [action.inquiry] : [],
  )[0];
  if (asked === undefined || run === undefined) return first;
  const decision = askRollingGate(deps, obs, run, { now, runs: ledger.list() });
  const answers = new Map<string, Answer | 'pending'>(obs.answers);
  answers.set(asked.id, { kind: 'gate', decision });
  const plan = planRolling({ ...obs, answers }, now);
  // Before any other worker can ask, so that no two of them are granted the same share.
  for (const action of plan.actions) {
    if (action.type === 'recordRun') ledger.claim(run, action.status);
  }
  return plan;
}
