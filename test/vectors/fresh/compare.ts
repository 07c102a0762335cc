import { canonical, sameValue } from '../same.ts';
import { isFromMap, MUTATION_KEYS, POLICY_KEYS, type Answer } from '../score.ts';
import type { OracleAnswer } from '../oracle.ts';
import type { FreshCase } from './cases.ts';

/** Classes of the oracle that recorded answers do not tell apart. */
const CLASSES: Readonly<Record<string, string>> = {
  regex: 'other',
  optional_none: 'other',
  no_such_attribute: 'other',
  no_such_field: 'other',
};

/** Whether the oracle itself failed, so that there is nothing to compare with. */
export function isUnanswered({ ok, errorKind, error }: OracleAnswer): boolean {
  return (
    !ok &&
    (errorKind === 'internal' ||
      errorKind === 'input' ||
      error?.includes('context deadline') === true)
  );
}

/** What of our answer differs from the oracle's; `cost` is one of it. */
export function freshDifferences(
  { line }: FreshCase,
  want: OracleAnswer,
  got: Answer,
): readonly string[] {
  if (line.kind === 'policy') return keysDiffering(POLICY_KEYS, want, got);
  if (line.kind === 'mutation') return keysDiffering(MUTATION_KEYS, want, got);
  if (want.ok !== got['ok']) return ['ok'];
  const cost =
    want.errorKind === 'compile' || (want.cost ?? 0) === (got['cost'] ?? 0) ? [] : ['cost'];
  if (!want.ok) return [...errorDifferences(want, got), ...cost];
  const isOrdered = !isFromMap(line.expression ?? '');
  return [
    ...(sameValue(want.value, got['value'], isOrdered) ? [] : ['value']),
    ...(want.valueType === got['type'] ? [] : ['type']),
    ...cost,
  ];
}

function errorDifferences(want: OracleAnswer, got: Answer): readonly string[] {
  const errorClass = CLASSES[want.errorClass ?? ''] ?? want.errorClass;
  return [
    ...(want.errorKind === got['kind'] ? [] : ['kind']),
    ...(errorClass === 'other' || errorClass === got['class'] ? [] : ['class']),
    ...(want.valueType === undefined || want.valueType === got['type'] ? [] : ['type']),
  ];
}

function keysDiffering(
  keys: readonly string[],
  { result = {} }: OracleAnswer,
  got: Answer,
): readonly string[] {
  return keys.filter((key) => canonical(result[key] ?? null) !== canonical(got[key] ?? null));
}
