import type { Canary } from '../domain/canary.ts';
import { ClusterError, isClusterError } from '../domain/errors.ts';
import { keyText, type ObjectKey } from '../domain/object.ts';
import type { ReconcileResult, Reconciler } from '../domain/reconciler.ts';
import { RESOURCES } from '../domain/resources.ts';
import { outcomeText } from '../domain/approval-outcome.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { Plan } from './action.ts';
import { Announcer } from './announcer.ts';
import { createApprovalIndex } from './approval-index.ts';
import { sameStatus, statusOf, withProblem } from './canary-status.ts';
import type { DeliveryDeps } from './config.ts';
import { execute, type Executor } from './execute.ts';
import { consume } from './execute-approvals.ts';
import { setFinalizer } from './execute-canary.ts';
import { askGate } from './gates.ts';
import { compareIdle, idleMark } from './idle.ts';
import { Inquirer } from './inquirer.ts';
import type { Answer, Inquiry } from './inquiry.ts';
import { leftAlone } from './left-alone.ts';
import { CanaryMemory } from './memory.ts';
import type { MetricSubject } from './metrics.ts';
import { observe, readCanary, type Scene } from './observe.ts';
import { withTakeover } from './observe-takeover.ts';
import { planTick } from './plan.ts';
import { isRoundId } from './plan-context.ts';
import { problemOfClusterError, ProblemError, type Problem } from './problem.ts';
import { createRunLedger, type RunLedger } from './run-ledger.ts';
import { abandonRuns, everyRun } from './runs.ts';

/** Plans that may follow each other within one call; a Canary that needs more comes back soon. */
const MAX_PLANS = 12;
const MAX_CONFLICTS = 4;
const MAX_GATES = 8;
const RETRY_MS = 1000;

type GateInquiry = Extract<Inquiry, { kind: 'gate' }>;

/**
 * Makes the reconciler of Canaries.
 * @param deps `wake` is called with a Canary's key when something that it waits for has come; `ledger` is what budgets
 *   count, where others draw on them too
 */
export function createCanaryReconciler(
  deps: DeliveryDeps & { wake: (key: ObjectKey) => void; ledger?: RunLedger },
): Reconciler & { close(): Promise<void> } {
  const inquirer = new Inquirer(deps, deps.wake);
  const announcer = new Announcer(deps);
  const approvals = createApprovalIndex(deps.caches?.approvals);
  const ledger = deps.ledger ?? createRunLedger(deps.caches?.runs);
  const ticker = new CanaryTicker({ deps, inquirer, announcer, approvals, ledger });
  return {
    reconcile: (key, signal) => ticker.reconcile(key, signal),
    close: async () => {
      approvals.close();
      if (deps.ledger === undefined) ledger.close();
      await Promise.all([inquirer.close(), announcer.close()]);
    },
  };
}

/** The reconciler's loop, apart from who asks questions and tells events. */
export class CanaryTicker {
  readonly #executor: Executor;
  readonly #memories: Map<string, CanaryMemory>;
  #loading: Promise<void> | undefined;

  /** @param memories what the process remembers of each Canary, by the text of its key */
  constructor(executor: Executor, memories = new Map<string, CanaryMemory>()) {
    this.#executor = executor;
    this.#memories = memories;
  }

  async reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult> {
    const memory = this.#memories.get(keyText(key)) ?? new CanaryMemory();
    this.#memories.set(keyText(key), memory);
    if (this.#isIdle(key, memory)) return {};
    try {
      await this.#loaded(signal);
    } catch (error) {
      return this.#later(key, memory, error);
    }
    let conflicts = 0;
    for (let plans = 0; plans < MAX_PLANS; plans++) {
      try {
        const result = await this.#tick(key, memory, signal);
        if (result !== undefined) return result;
      } catch (error) {
        if (!isOutdated(error) || conflicts >= MAX_CONFLICTS)
          return this.#later(key, memory, error);
        conflicts += 1;
      }
    }
    return { requeueAfterMs: RETRY_MS };
  }

  /**
   * What the API server refuses now it may grant later, as when its permissions or definitions are being replaced: a
   * canary that has traffic must not wait for a change until somebody looks at it again.
   * @throws what the controller tries again by itself, and everything that is no answer of the API server
   */
  #later(key: ObjectKey, memory: CanaryMemory, error: unknown): ReconcileResult {
    if (!(error instanceof ClusterError) || error.retryable) throw error;
    const { logger, random } = this.#executor.deps;
    const fields = { canary: keyText(key), reason: error.reason };
    logger.warn(fields, 'the API server refused what a canary needs; it is asked again');
    return { requeueAfterMs: memory.blocked(random()) };
  }

  /** A leader counts on what stands in the cluster, not on a copy that may lag behind its predecessor's last write. */
  #loaded(signal: AbortSignal): Promise<void> {
    const { deps, ledger } = this.#executor;
    this.#loading ??= everyRun({ client: deps.client, signal }, deps.config.namespace).then(
      (runs) => {
        for (const run of runs) ledger.saw(run);
      },
      (error: unknown) => {
        this.#loading = undefined;
        throw error;
      },
    );
    return this.#loading;
  }

  #isIdle(key: ObjectKey, memory: CanaryMemory): boolean {
    const { approvals } = this.#executor;
    const runs = memory.idle?.scene.runs ?? [];
    if (runs.some((run) => approvals.ofRun(run).length > 0)) return false;
    if (memory.idle === undefined) return false;
    const state = compareIdle(this.#executor.deps, key, memory.idle);
    if (state === 'drifted') memory.forgetLook();
    if (state !== 'same') memory.idle = undefined;
    return state === 'same';
  }

  /** Observe, plan, execute, once. @returns undefined when another look must follow at once */
  async #tick(
    key: ObjectKey,
    memory: CanaryMemory,
    signal: AbortSignal,
  ): Promise<ReconcileResult | undefined> {
    const { deps, inquirer, approvals, ledger } = this.#executor;
    const startedAt = deps.clock.monotonic();
    const canary = await readCanary(deps, key, signal);
    if (canary === undefined) {
      await this.#forget(key, signal);
      return {};
    }
    const left = await leftAlone(this.#executor, canary, memory, signal);
    if (left !== undefined) return left;
    try {
      const remembered = {
        answers: inquirer.answers(key),
        firstLook: (seen: Canary) => memory.firstLook(seen),
        isNewSpec: (seen: Canary) => memory.isNewSpec(seen),
        primary: memory.primary,
        copies: memory.copies,
        route: memory.route,
        scaler: memory.scaler,
        approvals: (run: RolloutRun | undefined) => approvals.ofRun(run),
      };
      const seen = await observe(deps, canary, remembered, signal);
      const scene = await withTakeover(deps, seen, signal);
      memory.follow(scene.run);
      memory.subject = reportWeights(deps, scene);
      if (scene.run !== undefined) ledger.saw(scene.run, scene.observation.route.weights.canary);
      inquirer.keep(key, (id) => isRoundId(id, scene.run));
      const plan = decide(deps, scene, ledger);
      const written = await execute(this.#executor, scene, plan, { memory, signal });
      memory.followed(canary);
      measureTick(deps, scene, written, (deps.clock.monotonic() - startedAt) / 1000);
      return this.#after(memory, scene, plan);
    } catch (error) {
      const problem = problemIn(error, canary);
      if (problem === undefined) throw error;
      return this.#obstructed(key, memory, problem, signal);
    }
  }

  #after(memory: CanaryMemory, scene: Scene, plan: Plan): ReconcileResult | undefined {
    if (plan.again) return undefined;
    if (plan.blocked === true)
      return { requeueAfterMs: memory.blocked(this.#executor.deps.random()) };
    memory.unblocked();
    const nothing = plan.actions.length === 0 && plan.requeueAfterMs === undefined;
    memory.idle = nothing ? idleMark(scene) : undefined;
    return plan.requeueAfterMs === undefined ? {} : { requeueAfterMs: plan.requeueAfterMs };
  }

  /** Something outside is missing or wrong: a condition and one event, then another attempt later. */
  async #obstructed(
    key: ObjectKey,
    memory: CanaryMemory,
    problem: Problem,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    const { deps, announcer } = this.#executor;
    const canary = await readCanary(deps, key, signal);
    if (canary === undefined) return {};
    if (canary.metadata.deletionTimestamp !== undefined && !mayPass(problem)) {
      await setFinalizer({ deps, signal, canary }, false);
      return {};
    }
    const status = statusOf(canary);
    const next = withProblem(status, problem, deps.clock.now());
    if (!sameStatus(next, status)) {
      const options = { signal };
      await deps.client.replaceStatus(RESOURCES.canaries, { ...canary, status: next }, options);
      const event = { type: 'event', level: 'Warning', phase: status.phase } as const;
      announcer.announce(
        canary,
        { ...event, message: problem.message },
        status.lastAppliedSpec ?? '',
      );
    }
    return { requeueAfterMs: memory.blocked(deps.random()) };
  }

  async #forget(key: ObjectKey, signal: AbortSignal): Promise<void> {
    const { client, clock, logger, metrics } = this.#executor.deps;
    const subject = this.#memories.get(keyText(key))?.subject;
    if (subject !== undefined) metrics?.forget(subject);
    const { name, namespace = 'default' } = key;
    if (subject !== undefined) logger.info({ canary: keyText(key) }, 'canary is gone');
    this.#memories.delete(keyText(key));
    this.#executor.inquirer.keep(key, () => false);
    this.#executor.announcer.forget(key);
    const ended = await abandonRuns({ client, signal }, { namespace, name }, clock.now());
    const { deps, approvals } = this.#executor;
    for (const approval of ended.flatMap((run) => approvals.ofRun(run))) {
      const outcome = outcomeText('Unfit', 'the Canary was deleted');
      await consume({ deps, approvals, signal }, approval, outcome);
    }
  }
}

/**
 * Plans the tick, asking gates on the way: they answer at once, so that a plan never rests on an old answer. What the
 * plan takes of budgets is claimed before any other worker can ask.
 */
function decide(deps: DeliveryDeps, scene: Scene, ledger: RunLedger): Plan {
  const { plan, asked } = planWithGates(deps, scene, ledger);
  if (asked === 0 && scene.run !== undefined) ledger.leaveQueues(scene.run);
  for (const action of plan.actions) {
    if (action.type === 'recordRun' && scene.run !== undefined) {
      ledger.claim(scene.run, action.status);
    }
  }
  return plan;
}

function planWithGates(
  deps: DeliveryDeps,
  scene: Scene,
  ledger: RunLedger,
): { plan: Plan; asked: number } {
  const now = deps.clock.now();
  const answers = new Map<string, Answer | 'pending'>(scene.observation.answers);
  for (let asked = 0; ; asked++) {
    const observation = { ...scene.observation, answers };
    const plan = planTick(scene.settings, scene.run, observation, now);
    const gates = plan.actions.flatMap((action): GateInquiry[] =>
      action.type === 'ask' && action.inquiry.kind === 'gate' ? [action.inquiry] : [],
    );
    if (gates.length === 0 || asked >= MAX_GATES) return { plan, asked };
    for (const inquiry of gates) {
      const decision = askGate(deps, scene, inquiry, { now, runs: ledger.list() });
      answers.set(inquiry.id, { kind: 'gate', decision });
    }
  }
}

/** What an error tells about a Canary; a deletion goes on only by what it has read. */
function problemIn(error: unknown, { metadata }: Canary): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  const isRefusal = error instanceof ClusterError && !error.retryable && !isOutdated(error);
  if (!isRefusal || metadata.deletionTimestamp !== undefined) return undefined;
  return problemOfClusterError(error, `what belongs to Canary ${metadata.name}`);
}

/** Whether somebody can mend it, so that a deletion waits for it rather than cut traffic. */
function mayPass({ reason }: Problem): boolean {
  return reason === 'AccessDenied' || reason === 'Refused';
}

/** Whether the error only says that what was observed is not so any more. */
function isOutdated(error: unknown): boolean {
  return isClusterError(error, 'Conflict') || isClusterError(error, 'AlreadyExists');
}

/** The gauges follow the live route, also when nothing of it is written. */
function reportWeights(deps: DeliveryDeps, { observation, settings }: Scene): MetricSubject {
  const { namespace, target } = observation.names;
  const subject = { namespace, target };
  const { primary, canary } = observation.route.weights;
  if (settings.routesTraffic) deps.metrics?.weights(subject, primary, canary);
  return subject;
}

function measureTick(deps: DeliveryDeps, scene: Scene, canary: Canary, seconds: number): void {
  const { namespace, target } = scene.observation.names;
  const subject = { namespace, target };
  deps.metrics?.tick(subject, seconds);
  deps.metrics?.phase(subject, statusOf(canary).phase);
}
