import type { Canary, CanaryHook, CanaryPhase } from '../domain/canary.ts';
import { SluiceError } from '../domain/errors.ts';
import { keyOf, keyText, type KubeObject, type ObjectKey } from '../domain/object.ts';
import type { DeliveryDeps } from './config.ts';
import { withDeadline } from './deadline.ts';
import { callHook, hookLimitMs, type HookPayload } from './hook-client.ts';
import type { Answer, Answers, Inquiry } from './inquiry.ts';
import { hookKindOf } from './plugins.ts';
import { Limiter } from './limiter.ts';
import { measure, probeProviders } from './measure.ts';
import { namesOf } from './names.ts';

/** Hooks may be slow and are counted apart, so that they never keep metrics from being asked. */
const MAX_HOOKS_AT_ONCE = 256;
const MAX_METRICS_AT_ONCE = 256;
/** A probe's answer is asked for anew after this time. */
const PROBE_LIFETIME_MS = 60_000;
/** Reading a MetricTemplate and its Secret comes before the query. */
const METRIC_EXTRA_MS = 10_000;

/** What a question is asked about. */
export interface AskContext {
  readonly canary: Canary;
  /** Name of the family of builtin queries. */
  readonly family: string;
  /** The Canary's target as it was last seen. */
  readonly target?: KubeObject | undefined;
  /** The Canary's phase. */
  readonly phase: CanaryPhase;
  /** Identifies the revision under way in the hooks' payload. */
  readonly checksum: string;
  /** A hook is not asked before: what its receiver is to be told first is on its way. */
  readonly told?: Promise<void>;
}

/** Questions that take time: everything but gates. */
export type OutsideInquiry = Exclude<Inquiry, { kind: 'gate' }>;

interface Asked {
  readonly id: string;
  readonly at: number;
  readonly controller: AbortController;
  answer: Answer | undefined;
}

/**
 * Asks hooks, metric servers and probes beside the ticks. A question is on its way at most once; its answer is kept
 * under the Canary and the question's id until it is forgotten, and wakes the Canary when it comes.
 */
export class Inquirer {
  readonly #deps: DeliveryDeps;
  readonly #wake: (key: ObjectKey) => void;
  readonly #hooks = new Limiter(MAX_HOOKS_AT_ONCE);
  readonly #metrics = new Limiter(MAX_METRICS_AT_ONCE);
  readonly #asked = new Map<string, Map<string, Asked>>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(deps: DeliveryDeps, wake: (key: ObjectKey) => void) {
    this.#deps = deps;
    this.#wake = wake;
  }

  /** What was answered for a Canary, and what is on its way. */
  answers(key: ObjectKey): Answers {
    const now = this.#deps.clock.now();
    const answers = new Map<string, Answer | 'pending'>();
    for (const { id, at, answer } of this.#asked.get(keyText(key))?.values() ?? []) {
      const outdated = answer?.kind === 'probe' && now - at >= PROBE_LIFETIME_MS;
      if (!outdated) answers.set(id, answer ?? 'pending');
    }
    return answers;
  }

  /** Sends the question unless it is on its way or answered; returns at once. */
  ask(context: AskContext, inquiry: OutsideInquiry): void {
    if (this.#stop.signal.aborted) return;
    const key = keyOf(context.canary);
    if (this.answers(key).has(inquiry.id)) return;
    const controller = new AbortController();
    const at = this.#deps.clock.now();
    const asked: Asked = { id: inquiry.id, at, controller, answer: undefined };
    const ofCanary = this.#asked.get(keyText(key)) ?? new Map<string, Asked>();
    this.#asked.set(keyText(key), ofCanary.set(inquiry.id, asked));
    const limiter = inquiry.kind === 'hook' ? this.#hooks : this.#metrics;
    const told = inquiry.kind === 'hook' ? (context.told ?? Promise.resolve()) : Promise.resolve();
    const running = told
      .then(() => limiter.run(() => this.#answer(context, inquiry, controller.signal)))
      .then((answer) => {
        if (answer === undefined || controller.signal.aborted) return;
        asked.answer = answer;
        this.#wake(key);
      })
      .finally(() => {
        this.#running.delete(running);
      });
    this.#running.add(running);
  }

  /** Forgets a Canary's questions that are not wanted any more; those on their way are given up. */
  keep(key: ObjectKey, wanted: (id: string) => boolean): void {
    const ofCanary = this.#asked.get(keyText(key));
    if (ofCanary === undefined) return;
    for (const { id, controller } of ofCanary.values()) {
      if (wanted(id)) continue;
      controller.abort(new SluiceError('SLUICE_DEADLINE', 'the round is over'));
      ofCanary.delete(id);
    }
    if (ofCanary.size === 0) this.#asked.delete(keyText(key));
  }

  /** Gives up what is on its way and waits for it to end. */
  async close(): Promise<void> {
    this.#stop.abort(new SluiceError('SLUICE_DEADLINE', 'delivery is stopping'));
    for (const key of this.#asked.values()) {
      for (const { controller } of key.values()) controller.abort(this.#stop.signal.reason);
    }
    this.#asked.clear();
    await Promise.allSettled(this.#running);
  }

  /** @returns undefined when the question was given up */
  async #answer(
    context: AskContext,
    inquiry: OutsideInquiry,
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    try {
      const limit = limitOf(inquiry, this.#deps.config.metricTimeoutMs);
      return await withDeadline(this.#deps.clock, limit, signal, (inner) =>
        this.#send(context, inquiry, inner),
      );
    } catch (error) {
      if (signal.aborted) return undefined;
      const message = error instanceof SluiceError ? error.message : 'no answer';
      if (!(error instanceof SluiceError)) this.#logDefect(context, inquiry);
      return withoutAnswer(inquiry, message);
    }
  }

  async #send(context: AskContext, inquiry: OutsideInquiry, signal: AbortSignal): Promise<Answer> {
    const { canary, family, target } = context;
    const deps = this.#deps;
    switch (inquiry.kind) {
      case 'hook': {
        const kind = hookKindOf(inquiry.type);
        const payload = payloadOf(
          { ...context, phase: kind.payloadPhase(context.phase) },
          inquiry.hook,
        );
        const { hook, id } = inquiry;
        return callHook({ outbound: deps.outbound, clock: deps.clock, hook, payload, id, signal });
      }
      case 'metric': {
        const reply = await measure({ deps, canary, family, target, signal }, inquiry.metric);
        if (reply.answer.kind === 'value') {
          const names = namesOf(canary);
          deps.metrics?.measured(names, inquiry.metric.name, reply.answer.value);
        }
        return reply;
      }
      case 'probe':
        return probeProviders(
          { deps, canary, family, target, signal },
          canary.spec.analysis?.metrics ?? [],
        );
    }
  }

  #logDefect({ canary }: AskContext, { kind, id }: OutsideInquiry): void {
    const canaryKey = keyText(keyOf(canary));
    this.#deps.logger.error({ canary: canaryKey, kind, id }, 'a question to the outside failed');
  }
}

/** The body that a hook gets. */
export function payloadOf(
  { canary, phase, checksum }: Pick<AskContext, 'canary' | 'phase' | 'checksum'>,
  hook: CanaryHook,
): HookPayload {
  const { namespace, canary: name } = namesOf(canary);
  const metadata = hook.metadata === undefined ? {} : { metadata: hook.metadata };
  return { name, namespace, phase, checksum, ...metadata };
}

function limitOf(inquiry: OutsideInquiry, metricTimeoutMs: number): number {
  switch (inquiry.kind) {
    case 'hook':
      return hookLimitMs(inquiry.hook);
    case 'metric':
      return metricTimeoutMs + METRIC_EXTRA_MS;
    case 'probe':
      return 2 * (metricTimeoutMs + METRIC_EXTRA_MS);
  }
}

function withoutAnswer(inquiry: OutsideInquiry, message: string): Answer {
  switch (inquiry.kind) {
    case 'hook':
      return { kind: 'hook', verdict: 'noAnswer', message };
    case 'metric':
      return { kind: 'metric', answer: { kind: 'error', message } };
    case 'probe':
      return { kind: 'probe', problem: { reason: 'MetricServerUnavailable', message } };
  }
}
