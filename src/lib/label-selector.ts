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

/** What makes the selector unusable, as the API server would say it; undefined when it is fine. */
export function selectorProblem(selector: SelectorLike | undefined): string | undefined {
  for (const { operator, values } of selector?.matchExpressions ?? []) {
    const count = values?.length ?? 0;
    switch (operator) {
      case 'In':
      case 'NotIn':
        if (count === 0) {
          return "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty";
        }
        break;
      case 'Exists':
      case 'DoesNotExist':
        if (count > 0) {
          return 'values: Invalid value: values set must be empty for exists and does not exist';
        }
        break;
      default:
        return `"${operator}" is not a valid label selector operator`;
    }
  }
  return undefined;
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
