import { labelValueProblems, qualifiedNameProblems } from './name-formats.ts';

/** metav1.LabelSelector, structurally. */
export interface SelectorLike {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Whether the selector has no requirement, and so selects everything. */
export function isEmptySelector(selector: SelectorLike | undefined): boolean {
  if (selector === undefined) return true;
  return (
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  );
}

const known = new WeakMap<SelectorLike, { readonly problem: string | undefined }>();

/**
 * What makes the selector unusable, as the API server would say it; undefined when it is fine. Remembered by selector,
 * as every request asks.
 */
export function selectorProblem(selector: SelectorLike | undefined): string | undefined {
  if (selector === undefined) return undefined;
  const remembered = known.get(selector);
  if (remembered !== undefined) return remembered.problem;
  const problem = findProblem(selector);
  known.set(selector, { problem });
  return problem;
}

function findProblem({
  matchLabels = {},
  matchExpressions = [],
}: SelectorLike): string | undefined {
  for (const [key, value] of Object.entries(matchLabels)) {
    const problem = requirementProblem(key, [], [value]);
    if (problem !== undefined) return problem;
  }
  for (const { key, operator, values = [] } of matchExpressions) {
    if (!OPERATORS.has(operator)) return `"${operator}" is not a valid label selector operator`;
    const problem = requirementProblem(key, countProblems(operator, values), values);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const OPERATORS: ReadonlySet<string> = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist']);

function countProblems(operator: string, values: readonly string[]): readonly string[] {
  const isSet = operator === 'In' || operator === 'NotIn';
  if (isSet && values.length === 0) {
    return ["values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"];
  }
  if (isSet || values.length === 0) return [];
  const text = JSON.stringify(values);
  return [`values: Invalid value: ${text}: values set must be empty for exists and does not exist`];
}

/** All that is wrong with one requirement, as Go joins errors. */
function requirementProblem(
  key: string,
  counts: readonly string[],
  values: readonly string[],
): string | undefined {
  const invalid = (path: string, value: string, problems: readonly string[]): readonly string[] =>
    problems.length === 0
      ? []
      : [`${path}: Invalid value: ${JSON.stringify(value)}: ${problems.join('; ')}`];
  const problems = [
    ...invalid('key', key, qualifiedNameProblems(key)),
    ...counts,
    ...values.flatMap((value, index) =>
      invalid(`values[${index}][${key}]`, value, labelValueProblems(value)),
    ),
  ];
  return problems.length > 1 ? `[${problems.join(', ')}]` : problems[0];
}

/**
 * Whether the labels meet every requirement. An absent or empty selector selects everything; an operator that is not
 * known selects nothing.
 */
export function matchesLabels(
  selector: SelectorLike | undefined,
  labels: Readonly<Record<string, unknown>> | undefined,
): boolean {
  if (selector === undefined) return true;
  const valueOf = (key: string): unknown =>
    labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  for (const [key, wanted] of Object.entries(selector.matchLabels ?? {})) {
    if (valueOf(key) !== wanted) return false;
  }
  return (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = valueOf(key);
    switch (operator) {
      case 'In':
        return typeof value === 'string' && values.includes(value);
      case 'NotIn':
        return typeof value !== 'string' || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}
