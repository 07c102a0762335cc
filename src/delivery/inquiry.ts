import type { CanaryHook, CanaryMetric, HookType } from '../domain/canary.ts';
import type { Decision } from '../domain/decision.ts';
import type { Gate } from '../domain/policy.ts';
import type { Measurement } from '../domain/run.ts';
import { digestOf } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import type { MetricAnswer } from './metric-provider/types.ts';
import type { Problem } from './problem.ts';

/**
 * A question whose answer the plan needs. `id` is the same for the same question of the same round, also after a
 * restart. Hooks, metrics and probes are asked beside the tick; a gate answers at once.
 */
export type Inquiry =
  | {
      readonly kind: 'hook';
      readonly id: string;
      readonly type: HookType;
      readonly hook: CanaryHook;
    }
  | { readonly kind: 'metric'; readonly id: string; readonly metric: CanaryMetric }
  | { readonly kind: 'probe'; readonly id: string }
  | {
      readonly kind: 'gate';
      readonly id: string;
      readonly gate: Gate;
      readonly toWeight: number;
      /** What the latest round measured. */
      readonly metrics: readonly Measurement[];
    };

/**
 * Id of a question of a round. It carries a digest of what is asked, so that the answer to a check is never taken for
 * the answer to what a check of the same place became when the Canary was edited meanwhile.
 * @param round the same until the run records the round's end
 * @param place the kind of question and its index in the spec
 */
export function questionId(round: string, place: string, about: CanaryHook | CanaryMetric): string {
  return `${round}/${place}/${shortDigest(about)}`;
}

/** Of objects that never change: parts of a Canary as it was read. */
const DIGESTS = new WeakMap<object, string>();

function shortDigest(about: CanaryHook | CanaryMetric): string {
  const known = DIGESTS.get(about);
  if (known !== undefined) return known;
  const start = 'sha256:'.length;
  const digest = digestOf(about as unknown as Json).slice(start, start + 8);
  DIGESTS.set(about, digest);
  return digest;
}

/** `refused`: the server answered with something else than success; `noAnswer`: nothing came. */
export interface HookAnswer {
  readonly kind: 'hook';
  readonly verdict: 'passed' | 'refused' | 'noAnswer';
  readonly message: string;
  /** How Flagger's events put it, where that is something else. */
  readonly text?: string;
}

/** `problem` names what is missing or wrong in the Canary's metric configuration. */
export interface MetricReply {
  readonly kind: 'metric';
  readonly answer: MetricAnswer;
  readonly problem?: Problem;
}

export interface ProbeReply {
  readonly kind: 'probe';
  readonly problem?: Problem;
}

interface GateReply {
  readonly kind: 'gate';
  readonly decision: Decision;
}

export type Answer = HookAnswer | MetricReply | ProbeReply | GateReply;

/** Answers so far, by inquiry id; `pending` while a question is on its way. */
export type Answers = ReadonlyMap<string, Answer | 'pending'>;
