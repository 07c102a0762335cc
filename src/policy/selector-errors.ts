import type { MatchResources } from '../domain/policy.ts';
import { labelValueProblems, qualifiedNameProblems } from '../lib/name-formats.ts';
import type { SelectorLike } from '../lib/label-selector.ts';

/** What the API server finds wrong with the selectors of a policy that is written, each with its field. */
export function selectorErrors(criteria: MatchResources | undefined): readonly string[] {
  return (['namespaceSelector', 'objectSelector'] as const).flatMap((name) =>
    errorsOf(`spec.matchConstraints.${name}`, criteria?.[name] ?? {}),
  );
}

function errorsOf(
  path: string,
  { matchLabels = {}, matchExpressions = [] }: SelectorLike,
): readonly string[] {
  return [
    ...Object.entries(matchLabels).flatMap(([key, value]) => [
      ...invalid(`${path}.matchLabels`, key, qualifiedNameProblems(key)),
      ...invalid(`${path}.matchLabels`, value, labelValueProblems(value)),
    ]),
    ...matchExpressions.flatMap(({ key, operator, values = [] }, index) => {
      const field = `${path}.matchExpressions[${index}]`;
      return [
        ...operatorErrors(field, operator, values.length),
        ...invalid(`${field}.key`, key, qualifiedNameProblems(key)),
        ...values.flatMap((value, at) =>
          invalid(`${field}.values[${at}]`, value, labelValueProblems(value)),
        ),
      ];
    }),
  ];
}

function operatorErrors(field: string, operator: string, count: number): readonly string[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return count > 0
        ? []
        : [
            `${field}.values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
          ];
    case 'Exists':
    case 'DoesNotExist': {
      const rule = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      return count === 0 ? [] : [`${field}.values: Forbidden: ${rule}`];
    }
    default:
      return invalid(`${field}.operator`, operator, ['not a valid selector operator']);
  }
}

function invalid(field: string, value: string, problems: readonly string[]): readonly string[] {
  return problems.map((problem) => `${field}: Invalid value: ${JSON.stringify(value)}: ${problem}`);
}
