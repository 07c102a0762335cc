import { createHash } from 'node:crypto';
import { ClusterError } from '../../src/domain/errors.ts';
import { clusterText, normalised } from './canonical.ts';
import type { Cluster, Write } from './cluster.ts';
import { garbageCollected, type State } from './environment.ts';
import {
  FRESH,
  ModelProcess,
  type GateAnswer,
  type GateCall,
  type GateScript,
  type Memory,
} from './process.ts';

/** A write with what was there when it came and when it was done. */
export interface Step extends Write {
  readonly look: number;
  readonly before_: Cluster;
  readonly after_: Cluster;
}

/** One call of the reconciler from one state, with all that it did. */
export interface Tick {
  readonly from: State;
  readonly to: State;
  readonly steps: readonly Step[];
  /** Number of write requests, also of those that failed or changed nothing. */
  readonly requests: number;
  readonly gates: readonly GateCall[];
  readonly events: readonly string[];
  /** The cluster as each look at the Canary began. */
  readonly looks: ReadonlyMap<number, Cluster>;
  readonly requeueAfterMs: number | undefined;
  readonly error: unknown;
  /** Whether a fault or an interference was played into it. */
  readonly disturbed: boolean;
}

/** What is played into one call. */
export interface Trouble {
  /** Before the write of this index … */
  readonly at: number;
  /** … somebody changes the cluster, … */
  readonly change?: (cluster: Cluster) => Cluster;
  /** … or the API server fails: before it has written, or after, so that the answer is lost. */
  readonly fails?: 'before' | 'after';
}

/** Plays calls of the reconciler. */
export class Driver {
  readonly #process = new ModelProcess();
  /** Calls so far. */
  calls = 0;

  async tick(from: State, gates: GateScript, trouble?: Trouble): Promise<Tick> {
    this.calls += 1;
    const process = this.#process;
    const steps: Step[] = [];
    const looks = new Map<number, Cluster>();
    let before: Cluster = from.cluster;
    process.onLook = (look) => {
      looks.set(look, new Map(process.client.objects));
    };
    const played = await process.play(from.cluster, from.memory, {
      gates,
      hooks: {
        before: (index) => {
          if (trouble?.at === index) interfere(process, trouble);
          before = new Map(process.client.objects);
        },
        after: (index, write) => {
          steps.push({
            ...write,
            look: process.look,
            before_: before,
            after_: new Map(process.client.objects),
          });
          if (trouble?.at === index && trouble.fails === 'after') throw unanswered();
        },
      },
    });
    return {
      from,
      to: stateOf(played.cluster, played.memory),
      steps,
      requests: process.client.count,
      gates: played.gates,
      events: played.events,
      looks,
      requeueAfterMs: played.requeueAfterMs,
      error: played.error,
      disturbed: trouble !== undefined,
    };
  }
}

function interfere({ client }: ModelProcess, { change, fails }: Trouble): void {
  if (change !== undefined) client.objects = new Map(change(client.objects));
  if (fails === 'before') throw unanswered();
}

function unanswered(): ClusterError {
  return new ClusterError('ServerError', 'the API server failed', { status: 500 });
}

/** The state after these objects and this memory, as {@link normalised}. */
export function stateOf(cluster: Cluster, memory: Memory): State {
  return { cluster: normalised(garbageCollected(cluster)), memory };
}

/** The process is gone, and what it has written stays. */
export function crashed(cluster: Cluster): State {
  return { cluster: normalised(garbageCollected(cluster)), memory: FRESH };
}

/** What the process remembers, as text. */
export function memoryText({ looked, followed, questions }: Memory): string {
  const asked = [...questions].map(
    ([id, { answer }]) => `${id}:${answer === undefined ? 'pending' : JSON.stringify(answer)}`,
  );
  return [looked, followed, ...asked.sort()].join('\n');
}

/** The same for states that nobody can tell apart. */
export function keyOf({ cluster, memory }: State): string {
  return createHash('sha1')
    .update(clusterText(cluster))
    .update('\n')
    .update(memoryText(memory))
    .digest('base64');
}

/** Answers gates as they were answered before; those that were not asked are open. */
export function repeated(gates: readonly GateCall[]): GateScript {
  const answers = new Map(gates.map(({ question, answer }) => [question.gate, answer]));
  return ({ gate }): GateAnswer => answers.get(gate) ?? 'open';
}
