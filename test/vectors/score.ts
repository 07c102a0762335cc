import { canonical, sameValue } from './same.ts';

/** One recorded line: what was asked, and what Kubernetes answered. */
export interface Vector {
  readonly id: string;
  readonly kind: 'expr' | 'policy' | 'mutation';
  readonly expression?: string;
  readonly policy?: unknown;
  /** Needs Go's built-in types: out of a webhook's reach. */
  readonly typed?: boolean;
  readonly want: Readonly<Record<string, unknown>>;
  /** A number, or the least and most that were seen. */
  readonly cost?: number | readonly [number, number];
}

export type Answer = Readonly<Record<string, unknown>>;

/** What is compared of an answer to a policy. */
export const POLICY_KEYS = ['allowed', 'code', 'reason', 'message', 'warnings', 'audit'];
/** What is compared of an answer to a mutation. */
export const MUTATION_KEYS = ['allowed', 'changed', 'object'];
const FROM_MAP = /\.(?:map|filter|transformList)\(/;

/** Whether an expression may make a list from a map, whose order Go shuffles. */
export function isFromMap(expression: string): boolean {
  return FROM_MAP.test(expression);
}

/** What of an answer differs from what was recorded; empty when it agrees. */
export function differences(vector: Vector, answer: Answer | undefined): readonly string[] {
  if (answer === undefined) return ['unanswered'];
  if (answer['id'] !== vector.id) return ['id'];
  if (vector.kind === 'policy') return differing(POLICY_KEYS, vector.want, answer);
  if (vector.kind === 'mutation') return differing(MUTATION_KEYS, vector.want, answer);
  return expressionDifferences(vector, answer);
}

function differing(keys: readonly string[], want: Answer, got: Answer): readonly string[] {
  return keys.filter((key) => canonical(want[key] ?? null) !== canonical(got[key] ?? null));
}

function expressionDifferences({ want, expression }: Vector, got: Answer): readonly string[] {
  if (want['ok'] !== got['ok']) return ['ok'];
  if (want['ok'] === true) {
    const isOrdered = !isFromMap(expression ?? '');
    return [
      ...(sameValue(want['value'], got['value'], isOrdered) ? [] : ['value']),
      ...(want['type'] === got['type'] ? [] : ['type']),
    ];
  }
  const isAnyClass = want['class'] === 'other';
  return [
    ...(want['kind'] === got['kind'] ? [] : ['kind']),
    ...(isAnyClass || want['class'] === got['class'] ? [] : ['class']),
    ...(want['type'] === undefined || want['type'] === got['type'] ? [] : ['type']),
  ];
}

/** Whether the cost is what was recorded; undefined when none was. */
export function isSameCost({ cost }: Vector, answer: Answer | undefined): boolean | undefined {
  if (cost === undefined) return undefined;
  if (answer?.['cost'] === undefined) return false;
  const [least, most] = typeof cost === 'number' ? [cost, cost] : cost;
  const got = Number(answer['cost']);
  return got >= least && got <= most;
}
