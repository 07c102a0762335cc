import type { RolloutRun } from '../../src/domain/run.ts';
import { clusterText } from './canonical.ts';
import type { Cluster } from './cluster.ts';
import { crashed, Driver, keyOf, memoryText, repeated, type Tick, type Trouble } from './driver.ts';
import { expected, happenings, interferences, type State } from './environment.ts';
import { FRESH, type GateAnswer, type GateCall, type GateScript } from './process.ts';
import { REST_PROPERTIES, TICK_PROPERTIES, WRITE_PROPERTIES } from './properties.ts';
import { initialCluster, type Disturbance, type Scenario } from './scenarios.ts';
import { canary, isOpen, newestRun } from './view.ts';

/** How far an exploration goes. */
export interface Bounds {
  /** Disturbances on one path, at most. */
  readonly disturbances: number;
  /** Distinct states, at most. */
  readonly states: number;
  /** Ends at the first violation. */
  readonly stopAtFirst: boolean;
  /** Where in the last level of disturbances it begins. */
  readonly seed: number;
}

/** A property that does not hold, and the shortest way to where it does not. */
export interface Violation {
  readonly property: string;
  readonly detail: string;
  /** What happens, in order. */
  readonly trace: readonly string[];
  readonly scenario: string;
}

interface Node {
  readonly id: number;
  readonly state: State;
  readonly parent: Node | undefined;
  readonly label: string;
  readonly cost: number;
  readonly depth: number;
  /** Reached by a call with open gates, so that another one must do nothing. */
  settled: boolean;
  settledBy?: string;
  /** Whether a call with open gates did nothing. */
  idle: boolean | undefined;
  /** What a fair schedule does next; null at rest. */
  next: Node | null | undefined;
}

/** What an exploration found. */
export interface Findings {
  readonly states: number;
  readonly transitions: number;
  readonly calls: number;
  /** Every way with at most so many disturbances was followed to its end. */
  readonly complete: number;
  readonly violations: readonly Violation[];
  /** How often each property said something. */
  readonly checked: ReadonlyMap<string, number>;
  /** Longest way, in happenings. */
  readonly depth: number;
}

const REPLAY = 'a call on an unchanged cluster does nothing';
const RECOVERY = 'after a crash between two writes the end is that of an undisturbed call';
const FAIR = 'every fair schedule comes to rest';
/** Calls until a process that was interrupted has nothing left to do, at most. */
const MAX_RECOVERY = 12;
const MAX_VARIED_GATES = 3;

/** The names of all properties, in the order in which they are listed. */
export const PROPERTIES: readonly string[] = [
  ...WRITE_PROPERTIES.map(({ name }) => name),
  ...TICK_PROPERTIES.map(({ name }) => name),
  ...REST_PROPERTIES.map(({ name }) => name),
  REPLAY,
  RECOVERY,
  FAIR,
];

/** Explores a scenario, the fewest disturbances first, and of those the shortest ways. */
export class Explorer {
  readonly #driver = new Driver();
  readonly #scenario: Scenario;
  readonly #bounds: Bounds;
  readonly #nodes = new Map<string, Node>();
  /** Nodes that wait, by cost and then in order. */
  readonly #waiting: Node[][] = [];
  readonly #violations: Violation[] = [];
  readonly #checked = new Map<string, number>();
  /** How many of the nodes of each cost were followed. */
  readonly #followed: number[] = [];
  #transitions = 0;
  #depth = 0;

  constructor(scenario: Scenario, bounds: Bounds) {
    this.#scenario = scenario;
    this.#bounds = bounds;
  }

  async explore(): Promise<Findings> {
    this.#reach({ cluster: initialCluster(this.#scenario), memory: FRESH }, undefined, 'start', 0);
    await this.#follow(0);
    let complete = 0;
    for (let cost = 0; cost < this.#bounds.disturbances; cost++) {
      for (const node of this.#spread(this.#waiting[cost] ?? [], cost)) {
        if (this.#isOver()) return this.#findings(complete);
        await this.#disturb(node);
        await this.#follow(cost + 1);
      }
      complete = cost + 1;
    }
    return this.#findings(complete);
  }

  /** Follows what goes well from every state that was reached with so many disturbances, to the end. */
  async #follow(cost: number): Promise<void> {
    const bucket = this.#waiting[cost] ?? [];
    for (let i = this.#followed[cost] ?? 0; i < bucket.length; i++) {
      const node = bucket[i];
      if (node === undefined || (this.#bounds.stopAtFirst && this.#violations.length > 0)) return;
      await this.#expand(node);
      this.#followed[cost] = i + 1;
    }
  }

  /**
   * The order in which states are disturbed. A level that may not be finished is taken from everywhere, as the seed says,
   * so that early states do not use up the bound.
   */
  #spread(bucket: readonly Node[], cost: number): readonly Node[] {
    if (cost === 0) return bucket;
    const order = (id: number): number =>
      Math.imul(id + this.#bounds.seed * 7919, 0x9e3779b1) >>> 0;
    return [...bucket].sort((a, b) => order(a.id) - order(b.id));
  }

  #isOver(): boolean {
    const isFound = this.#bounds.stopAtFirst && this.#violations.length > 0;
    return isFound || this.#nodes.size >= this.#bounds.states;
  }

  #findings(complete: number): Findings {
    this.#checkFairness();
    return {
      states: this.#nodes.size,
      transitions: this.#transitions,
      calls: this.#driver.calls,
      complete,
      violations: this.#violations,
      checked: this.#checked,
      depth: this.#depth,
    };
  }

  #reach(state: State, parent: Node | undefined, label: string, cost: number): Node {
    this.#transitions += 1;
    const key = keyOf(state);
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const depth = parent === undefined ? 0 : parent.depth + 1;
    const node: Node = {
      id: this.#nodes.size,
      state,
      parent,
      label,
      cost,
      depth,
      settled: false,
      idle: undefined,
      next: undefined,
    };
    this.#depth = Math.max(this.#depth, depth);
    this.#nodes.set(key, node);
    (this.#waiting[cost] ??= []).push(node);
    return node;
  }

  /** What happens to a state while all goes well. */
  async #expand(node: Node): Promise<void> {
    await this.#callAgain(node);
    for (const { label, state } of expected(node.state)) {
      const next = this.#reach(state, node, label, node.cost);
      node.next ??= next;
    }
    node.next ??= null;
    if (node.next === null) this.#checkRest(node);
  }

  /** The process looks at the Canary, and all gates are open. */
  async #callAgain(node: Node): Promise<void> {
    const open = await this.#call(node, 'call', () => 'open');
    node.idle = isIdle(open);
    if (node.settled && !node.idle)
      this.#violated(
        REPLAY,
        `${this.#shown(open)} ${changesOf(open)} (a call led there after ${node.settledBy ?? ''})`,
        node,
        'call again',
      );
    if (isSame(open)) return;
    const next = this.#reach(open.to, node, 'call', node.cost);
    node.next = next;
    this.#settle(next, open, node);
  }

  /** One disturbance more: something else happens, a gate is not open, the process ends, or a write goes wrong. */
  async #disturb(node: Node): Promise<void> {
    for (const { label, kind, state } of happenings(node.state, this.#scenario)) {
      if (kind !== undefined) this.#reach(state, node, label, node.cost + 1);
    }
    const open = await this.#driver.tick(node.state, () => 'open');
    const variants = this.#allows('gates') ? variantsOf(open.gates) : [];
    for (const { label, script } of variants) {
      const tick = await this.#call(node, label, script);
      if (!isSame(tick)) this.#reach(tick.to, node, label, node.cost + 1);
      await this.#replay(node, tick, label);
      if (this.#allows('crash')) await this.#crashes(node, tick, label);
    }
    if (this.#allows('crash')) await this.#crashes(node, open, 'call');
    if (this.#allows('faults')) await this.#faults(node, open);
  }

  #allows(kind: Disturbance): boolean {
    return !this.#scenario.without.includes(kind);
  }

  async #call(node: Node, label: string, gates: GateScript, trouble?: Trouble): Promise<Tick> {
    const tick = await this.#driver.tick(node.state, gates, trouble);
    for (const step of tick.steps) {
      for (const { name, check } of WRITE_PROPERTIES)
        this.#judge(name, check(step, tick), node, label, tick);
    }
    for (const { name, check } of TICK_PROPERTIES)
      this.#judge(name, check(tick), node, label, tick);
    return tick;
  }

  #judge(name: string, result: string | undefined, node: Node, label: string, tick: Tick): void {
    if (result === 'skip') return;
    this.#checked.set(name, (this.#checked.get(name) ?? 0) + 1);
    if (result !== undefined) this.#violated(name, result, node, `${label}: ${this.#shown(tick)}`);
  }

  #settle(node: Node, { error, from, to }: Tick, by: Node): void {
    // What is left of a Canary that has just gone is another call's.
    const isGone = canary(from.cluster) !== undefined && canary(to.cluster) === undefined;
    if (error !== undefined || isGone) return;
    this.#count(REPLAY);
    if (node.idle === false) this.#violated(REPLAY, 'it did something', node, 'call again');
    node.settled = true;
    node.settledBy ??= trail(by).join('; ');
  }

  #count(name: string): void {
    this.#checked.set(name, (this.#checked.get(name) ?? 0) + 1);
  }

  async #replay(node: Node, tick: Tick, label: string): Promise<void> {
    if (tick.error !== undefined) return;
    this.#count(REPLAY);
    const again = await this.#driver.tick(tick.to, repeated(tick.gates));
    if (isIdle(again)) return;
    this.#violated(REPLAY, this.#shown(again), node, `${label}, and again`);
  }

  /** The process dies after each write but the last, and another one takes over. */
  async #crashes(node: Node, tick: Tick, label: string): Promise<void> {
    if (tick.steps.length === 0 || tick.error !== undefined) return;
    const whole = await this.#recovered(tick.to, tick);
    for (const [i, step] of tick.steps.entries()) {
      const state = crashed(step.after_);
      const name = `${label}, crash after write ${i + 1} (${step.verb} ${step.key})`;
      this.#reach(state, node, name, node.cost + 1);
      const after = await this.#recovered(state, tick);
      this.#count(RECOVERY);
      if (after !== whole) this.#violated(RECOVERY, difference(whole, after), node, name);
    }
  }

  /** What the cluster says once a process that is answered as this tick was has nothing left to do. */
  async #recovered(from: State, tick: Tick): Promise<string> {
    let state = from;
    for (let i = 0; i < MAX_RECOVERY; i++) {
      const answered = withAnswers(state, tick.from);
      const next = await this.#driver.tick(answered, repeated(tick.gates));
      if (isSame(next)) break;
      state = next.to;
    }
    return clusterText(withoutHistory(state.cluster));
  }

  async #faults(node: Node, open: Tick): Promise<void> {
    for (let at = 0; at < open.requests; at++) {
      const troubles: [string, Trouble][] = [
        ['fails', { at, fails: 'before' }],
        ['loses its answer', { at, fails: 'after' }],
        ...interferences(node.state, this.#scenario).map(({ label, change }): [string, Trouble] => [
          `comes after ${label}`,
          { at, change },
        ]),
      ];
      for (const [what, trouble] of troubles) {
        const label = `call, write ${at + 1} ${what}`;
        const tick = await this.#call(node, label, () => 'open', trouble);
        this.#reach(tick.to, node, label, node.cost + 1);
      }
    }
  }

  #checkRest(node: Node): void {
    for (const { name, check } of REST_PROPERTIES) {
      const result = check(node.state);
      if (result === 'skip') continue;
      this.#count(name);
      if (result !== undefined) this.#violated(name, result, node, 'at rest');
    }
    const { cluster } = node.state;
    const run = newestRun(cluster);
    const { phase = '' } = canary(cluster)?.status ?? {};
    const isSettled = ['Initialized', 'Succeeded', 'Failed', 'Terminating'].includes(phase);
    if (canary(cluster) === undefined || (isSettled && !isOpen(run))) return;
    this.#violated(
      FAIR,
      `nothing happens any more: the Canary is ${phase}, its run ${run?.status?.phase ?? 'none'}`,
      node,
      'at rest',
    );
  }

  /** Follows the fair schedule from each state: it must not go round in circles. */
  #checkFairness(): void {
    const ends = new Set<Node>();
    for (const start of this.#nodes.values()) {
      const path = new Set<Node>();
      let node: Node | null | undefined = start;
      while (node !== null && node !== undefined && !ends.has(node) && !path.has(node)) {
        path.add(node);
        node = node.next;
      }
      if (node === undefined) continue;
      this.#count(FAIR);
      if (node !== null && path.has(node))
        this.#violated(FAIR, 'it goes round in circles', node, this.#circle(node));
      for (const each of path) ends.add(each);
    }
  }

  #circle(start: Node): string {
    const labels: string[] = [];
    let node: Node | null | undefined = start;
    do {
      node = node.next;
      if (node !== null && node !== undefined) labels.push(node.label);
    } while (node !== start && node !== null && node !== undefined && labels.length < 30);
    return `again and again: ${labels.join('; ')}`;
  }

  #violated(property: string, detail: string, node: Node, last: string): void {
    if (this.#violations.some((each) => each.property === property)) return;
    const trace = [...trail(node), last];
    this.#violations.push({ property, detail, trace, scenario: this.#scenario.name });
  }

  #shown({ steps, events, error }: Tick): string {
    const writes = steps.map(({ verb, key, after }) => `${verb} ${key}${phaseIn(after)}`);
    const failed = error instanceof Error ? [`! ${error.message}`] : [];
    return [...writes, ...events.map((text) => `“${text}”`), ...failed].join(', ');
  }
}

function trail(node: Node): string[] {
  const labels: string[] = [];
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) labels.unshift(at.label);
  return labels;
}

function phaseIn(object: unknown): string {
  const { phase, weights } =
    ((object ?? {}) as { status?: { phase?: string; weights?: { canary: number } } }).status ?? {};
  if (phase === undefined) return '';
  return weights === undefined ? `=${phase}` : `=${phase}/${weights.canary}`;
}

/** What it remembers of questions that nobody needs any more may go. */
function isIdle({ from, to, requests }: Tick): boolean {
  return requests === 0 && clusterText(from.cluster) === clusterText(to.cluster);
}

function isSame({ from, to }: Tick): boolean {
  return (
    clusterText(from.cluster) === clusterText(to.cluster) &&
    memoryText(from.memory) === memoryText(to.memory)
  );
}

/** Gates that were asked, each closed or silent in turn. */
function variantsOf(gates: readonly GateCall[]): { label: string; script: GateScript }[] {
  const names = [...new Set(gates.map(({ question }) => question.gate))].slice(0, MAX_VARIED_GATES);
  return names.flatMap((name) =>
    (['closed', 'silent'] as const).map((answer) => ({
      label: `call, ${name} ${answer}`,
      script: ({ gate }: { gate: string }): GateAnswer => (gate === name ? answer : 'open'),
    })),
  );
}

/** Answers what is asked as the same question of an earlier state was answered. */
function withAnswers(state: State, earlier: State): State {
  const placed = new Map(
    [...earlier.memory.questions].map(([id, question]) => [placeOf(id), question.answer]),
  );
  const questions = new Map(
    [...state.memory.questions].map(([id, question]) => {
      const answer = question.answer ?? placed.get(placeOf(id));
      return [id, { ...question, answer }];
    }),
  );
  return { ...state, memory: { ...state.memory, questions } };
}

/** The part of a question's id that does not say in which round it was asked. */
function placeOf(id: string): string {
  return id.split('/').slice(2).join('/');
}

/** Without runs that are completed and not the newest: a process that ended may have left one more of them. */
function withoutHistory(cluster: Cluster): Cluster {
  const newest = newestRun(cluster);
  const kept = [...cluster].filter(([key, object]) => {
    const isOld = object !== newest && !isOpen(object as RolloutRun);
    return !key.startsWith('rolloutruns/') || !isOld;
  });
  return new Map(kept);
}

function changesOf({ from, to }: Tick): string {
  const text = (state: State): string =>
    `${clusterText(state.cluster)}\n${memoryText(state.memory)}`;
  return difference(text(from), text(to));
}

/** Lines that differ, from a little before where they do. */
function difference(a: string, b: string): string {
  const [one, other] = [a.split('\n'), b.split('\n')];
  const gone = one.filter((line) => !other.includes(line));
  const come = other.filter((line) => !one.includes(line));
  const pairs = Array.from({ length: Math.max(gone.length, come.length) }, (_, i) => {
    const [left = '', right = ''] = [gone[i], come[i]];
    let at = 0;
    while (at < left.length && left[at] === right[at]) at += 1;
    const from = Math.max(0, at - 40);
    const name = left.split('=')[0] ?? '';
    return `${name}: …${left.slice(from, at + 80)}… / …${right.slice(from, at + 80)}…`;
  });
  return pairs.join(' | ');
}
