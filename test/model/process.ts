import { DEFAULT_DELIVERY_CONFIG, type DeliveryDeps } from '../../src/delivery/config.ts';
import { Announcer } from '../../src/delivery/announcer.ts';
import type { ApprovalIndex } from '../../src/delivery/approval-index.ts';
import type { EventAction } from '../../src/delivery/action.ts';
import { Inquirer, type AskContext, type OutsideInquiry } from '../../src/delivery/inquirer.ts';
import type { Answer, Answers } from '../../src/delivery/inquiry.ts';
import { CanaryMemory } from '../../src/delivery/memory.ts';
import { CanaryTicker } from '../../src/delivery/reconciler.ts';
import { createRunLedger } from '../../src/delivery/run-ledger.ts';
import type { Approval } from '../../src/domain/approval.ts';
import type { Canary } from '../../src/domain/canary.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { Decision } from '../../src/domain/decision.ts';
import type { GateQuestion } from '../../src/domain/gates.ts';
import { silentLogger } from '../../src/domain/logger.ts';
import { NAMESPACE, ModelClient, type Cluster, type WriteHooks } from './cluster.ts';
import { NOW } from './time.ts';

const KEY = { namespace: NAMESPACE, name: 'app' };

/** How the generation that a process has acted upon compares with the Canary's. */
export type Seen = 'never' | 'earlier' | 'this';

/** A question that was asked, and what came of it. */
export interface Question {
  readonly inquiry: OutsideInquiry;
  readonly answer: Answer | undefined;
}

/** Everything that is lost when the process dies. */
export interface Memory {
  /** Which generation the Services were put right for. */
  readonly looked: Seen;
  /** Which generation the cluster was made to follow. */
  readonly followed: Seen;
  /** By the id of the question. */
  readonly questions: ReadonlyMap<string, Question>;
}

export const FRESH: Memory = { looked: 'never', followed: 'never', questions: new Map() };

/** What a gate answers, and that it cannot be asked. */
export type GateAnswer = 'open' | 'closed' | 'silent';

/** One question to a gate with its answer. */
export interface GateCall {
  readonly question: GateQuestion;
  readonly answer: GateAnswer;
  /** Number of writes before it. */
  readonly at: number;
  /** In which look at the Canary it was asked; each look plans anew. */
  readonly look: number;
}

/** What happened in one call of the reconciler. */
export interface Played {
  readonly cluster: Cluster;
  readonly memory: Memory;
  readonly gates: readonly GateCall[];
  readonly events: readonly string[];
  readonly requeueAfterMs: number | undefined;
  /** What the reconciler threw. */
  readonly error: unknown;
}

/** Answers of gates in the order in which they are asked; the last one for all that follow. */
export type GateScript = (question: GateQuestion, index: number) => GateAnswer;

class ModelInquirer extends Inquirer {
  questions = new Map<string, Question>();

  override answers(): Answers {
    return new Map([...this.questions].map(([id, { answer }]) => [id, answer ?? 'pending']));
  }

  override ask(_context: AskContext, inquiry: OutsideInquiry): void {
    if (this.questions.has(inquiry.id)) return;
    this.questions.set(inquiry.id, { inquiry, answer: undefined });
  }

  override keep(_key: unknown, wanted: (id: string) => boolean): void {
    for (const id of this.questions.keys()) if (!wanted(id)) this.questions.delete(id);
  }
}

class ModelAnnouncer extends Announcer {
  events: string[] = [];

  override announce(_canary: Canary, { message }: EventAction): void {
    this.events.push(message);
  }
}

/** Remembers which generations it was told of, so that it can be made again. */
class ModelMemory extends CanaryMemory {
  lookedAt: number | undefined;
  followedAt: number | undefined;

  override looked(canary: Canary): void {
    super.looked(canary);
    this.lookedAt = canary.metadata.generation ?? 0;
  }

  override forgetLook(): void {
    super.forgetLook();
    this.lookedAt = undefined;
  }

  override followed(canary: Canary): void {
    super.followed(canary);
    this.followedAt = canary.metadata.generation ?? 0;
  }
}

/** A clock that stands still; deadlines never come. */
const CLOCK: Clock = {
  now: () => NOW,
  monotonic: () => 0,
  setTimer: () => ({ cancel: () => undefined }),
};

const DECISION: Decision = {
  verdict: 'allow',
  violations: [],
  warnings: [],
  patch: [],
  auditAnnotations: {},
  cost: 0,
  snapshotDigest: '',
  factsDigest: '',
};

/** The shipping reconciler's loop in a cluster and with a memory that are set for each call. */
export class ModelProcess {
  readonly client = new ModelClient();
  /** Number of the current look at the Canary. */
  look = 0;
  /** Called as each look begins. */
  onLook: (look: number) => void = () => undefined;
  readonly #inquirer: ModelInquirer;
  readonly #announcer: ModelAnnouncer;
  readonly #memories = new Map<string, CanaryMemory>();
  readonly #ticker: CanaryTicker;
  #gates: GateCall[] = [];
  #script: GateScript = () => 'open';

  constructor() {
    const deps = this.#deps();
    this.#inquirer = new ModelInquirer(deps, () => undefined);
    this.#announcer = new ModelAnnouncer(deps);
    this.#ticker = new CanaryTicker(
      {
        deps,
        inquirer: this.#inquirer,
        announcer: this.#announcer,
        approvals: approvalsIn(this.client),
        ledger: createRunLedger(undefined),
      },
      this.#memories,
    );
  }

  #deps(): DeliveryDeps {
    return {
      client: this.client,
      gateKeeper: { ask: (question) => this.#ask(question), subscribe: () => () => undefined },
      clock: CLOCK,
      random: () => 0.5,
      logger: silentLogger,
      events: { record: () => undefined },
      outbound: () => Promise.reject(new TypeError('nobody is called in the model')),
      config: { ...DEFAULT_DELIVERY_CONFIG, historyLimit: 1 },
    };
  }

  /** Calls the reconciler once, as a wake-up or a timer would. */
  async play(
    cluster: Cluster,
    memory: Memory,
    { gates, hooks }: { gates: GateScript; hooks: WriteHooks },
  ): Promise<Played> {
    this.client.load(cluster, hooks);
    this.#gates = [];
    this.#script = gates;
    this.look = 0;
    this.client.onRead = (key) => {
      if (key !== 'canaries/app') return;
      this.look += 1;
      this.onLook(this.look);
    };
    this.#announcer.events = [];
    this.#inquirer.questions = new Map(memory.questions);
    const remembered = restored(memory, generationOf(cluster));
    this.#memories.set(`${NAMESPACE}/app`, remembered);
    const { signal } = new AbortController();
    let requeueAfterMs: number | undefined;
    let error: unknown;
    try {
      ({ requeueAfterMs } = await this.#ticker.reconcile(KEY, signal));
    } catch (thrown) {
      error = thrown;
    }
    const after = new Map(this.client.objects);
    return {
      cluster: after,
      memory: taken(remembered, this.#inquirer.questions, generationOf(after)),
      gates: this.#gates,
      events: this.#announcer.events,
      requeueAfterMs,
      error,
    };
  }

  #ask(question: GateQuestion): Decision {
    const answer = this.#script(question, this.#gates.length);
    this.#gates.push({ question, answer, at: this.client.count, look: this.look });
    if (answer === 'silent') throw new Error('the gate is silent');
    return answer === 'open' ? DECISION : { ...DECISION, verdict: 'hold' };
  }
}

function generationOf(cluster: Cluster): number {
  return cluster.get('canaries/app')?.metadata.generation ?? 0;
}

function restored({ looked, followed }: Memory, generation: number): ModelMemory {
  const memory = new ModelMemory();
  const at = (seen: Seen): Canary =>
    ({
      metadata: { name: 'app', generation: seen === 'this' ? generation : generation - 1 },
    }) as Canary;
  if (looked !== 'never') memory.looked(at(looked));
  if (followed !== 'never') memory.followed(at(followed));
  return memory;
}

function taken(
  { lookedAt, followedAt }: ModelMemory,
  questions: ReadonlyMap<string, Question>,
  generation: number,
): Memory {
  const seen = (at: number | undefined): Seen =>
    at === undefined ? 'never' : at === generation ? 'this' : 'earlier';
  return { looked: seen(lookedAt), followed: seen(followedAt), questions: new Map(questions) };
}

/** The Approvals in the cluster of the moment. */
function approvalsIn(client: ModelClient): ApprovalIndex {
  return {
    ofRun: (run) =>
      [...client.objects].flatMap(([key, object]) => {
        const approval = object as Approval;
        const isOpen = key.startsWith('approvals/') && approval.status?.consumed === undefined;
        return isOpen && approval.spec.subject.uid === run?.metadata.uid ? [approval] : [];
      }),
    marked: () => undefined,
    close: () => undefined,
  };
}
