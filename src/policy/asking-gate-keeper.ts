import {
  accessKey,
  type AccessAnswer,
  type AccessRequest,
  type AccessReviewer,
} from '../domain/access.ts';
import type { Clock } from '../domain/clock.ts';
import type { Decision, Facts, Violation } from '../domain/decision.ts';
import { SluiceError } from '../domain/errors.ts';
import type { GateKeeper, GateQuestion } from '../domain/gates.ts';
import type { Logger } from '../domain/logger.ts';
import type { Deadline } from './deadline.ts';
import { answersOf, decideAsking, type AskedDecision } from './decide-asking.ts';
import type { PolicySnapshot } from './snapshot.ts';
import { isTowardSafety } from './toward-safety.ts';

/** What gates are decided with. */
export interface AskingGateKeeperOptions {
  /** Absent: nobody can be asked, and a policy that asks has an evaluation error. */
  readonly access?: AccessReviewer | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly snapshot: () => PolicySnapshot;
  readonly factsOf: (snapshot: PolicySnapshot, question: GateQuestion) => Facts;
  /** Asked now and then during an evaluation; true ends it. */
  readonly deadline: () => Deadline;
  readonly subscribe: (listener: () => void) => () => void;
}

/** How old an answer may be at a gate, milliseconds; it is asked anew beside the tick long before. */
const USABLE_MS = 60_000;
/** How long a question that got no answer, or one with an error, stays so before it is asked again. Milliseconds. */
const TROUBLED_MS = 10_000;
/** Such questions remembered. */
const MAX_TROUBLED = 1000;

/**
 * A gate keeper whose policies may ask the authorizers of the cluster. It never waits: while an answer is on its way
 * the gate holds, and subscribers are called when it is there. A question that cannot be answered is an evaluation
 * error, and is asked again.
 */
export function createAskingGateKeeper(
  options: AskingGateKeeperOptions,
): GateKeeper & { readonly close: () => void } {
  const asker = new Asker(options);
  return {
    ask: (question) => {
      const snapshot = options.snapshot();
      const facts = options.factsOf(snapshot, question);
      const round = asker.round();
      const asked = decideAsking(
        snapshot,
        facts,
        answersOf(facts, (request) => round.lookup(request)),
        options.deadline(),
      );
      return round.isOpen() && !isTowardSafety(asked.facts) ? heldBack(asked) : asked.decision;
    },
    subscribe: (listener) => {
      const ends = [options.subscribe(listener), asker.subscribe(listener)];
      return () => {
        for (const end of ends) end();
      };
    },
    close: () => {
      asker.close();
    },
  };
}

/** The questions of one evaluation. */
interface Round {
  lookup(request: AccessRequest): AccessAnswer | undefined;
  /** Whether an answer that was needed is on its way. */
  isOpen(): boolean;
}

/** Asks beside the ticks. */
class Asker {
  readonly #options: AskingGateKeeperOptions;
  readonly #listeners = new Set<() => void>();
  readonly #onTheWay = new Set<string>();
  /** Questions that got no answer, or one with an error, which the reviewer does not remember. */
  readonly #troubled = new Map<string, { readonly answer?: AccessAnswer; readonly at: number }>();
  readonly #end = new AbortController();

  constructor(options: AskingGateKeeperOptions) {
    this.#options = options;
  }

  round(): Round {
    const { access } = this.#options;
    let isOpen = false;
    return {
      lookup: (request) => {
        if (access === undefined) return undefined;
        const fresh = access.known(request);
        if (fresh !== undefined) return fresh;
        const trouble = this.#troubleOf(request);
        if (trouble !== undefined) return trouble.answer;
        this.#ask(access, request);
        const usable = access.known(request, USABLE_MS);
        if (usable === undefined) isOpen = true;
        return usable;
      },
      isOpen: () => isOpen,
    };
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#end.abort(new SluiceError('SLUICE_DEADLINE', 'the engine is closed'));
  }

  #ask(access: AccessReviewer, request: AccessRequest): void {
    const key = accessKey(request);
    if (this.#onTheWay.has(key) || this.#end.signal.aborted) return;
    this.#onTheWay.add(key);
    const before = access.known(request, USABLE_MS);
    access
      .review(request, this.#end.signal)
      .then(
        (answer) => {
          if (answer.error === undefined) this.#troubled.delete(key);
          else this.#trouble(key, answer);
          return before?.decision !== answer.decision;
        },
        (error: unknown) => {
          if (this.#end.signal.aborted) return false;
          this.#trouble(key);
          this.#options.logger.warn({ error }, 'authorization at a gate could not be asked');
          return true;
        },
      )
      .then((isNews) => {
        this.#onTheWay.delete(key);
        if (isNews) for (const listener of this.#listeners) listener();
      })
      .catch((error: unknown) => {
        this.#options.logger.error({ error }, 'a listener of the gates failed');
      });
  }

  #trouble(key: string, answer?: AccessAnswer): void {
    if (this.#troubled.size >= MAX_TROUBLED) this.#troubled.clear();
    const at = this.#options.clock.monotonic();
    this.#troubled.set(key, { at, ...(answer === undefined ? {} : { answer }) });
  }

  #troubleOf(request: AccessRequest): { readonly answer?: AccessAnswer } | undefined {
    const found = this.#troubled.get(accessKey(request));
    if (found === undefined) return undefined;
    return this.#options.clock.monotonic() - found.at < TROUBLED_MS ? found : undefined;
  }
}

/** What is decided without the answer does not count: it might allow, or refuse, wrongly. */
function heldBack({ decision }: AskedDecision): Decision {
  return { ...decision, verdict: 'hold', violations: [...decision.violations, BEING_ASKED] };
}

const BEING_ASKED: Violation = {
  policy: 'Freshness/Authorization',
  generation: 0,
  digest: '',
  binding: '',
  validation: '',
  action: 'Hold',
  message: 'authorization is being asked',
  reason: 'ServiceUnavailable',
  error: true,
};
