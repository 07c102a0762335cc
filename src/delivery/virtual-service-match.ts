type Match = Record<string, unknown>;

/** What a condition of the analysis replaces in a condition of `spec.service.match`. */
const OVERLAID = ['headers', 'sourceLabels', 'queryParams'] as const;

/**
 * Which requests of the service belong to the canary: every condition of the analysis together with every condition
 * of the service.
 * @param conditions of the canary, at least one
 * @param service `spec.service.match`
 */
export function mergedMatches(
  conditions: readonly Match[],
  service: readonly Match[] = [],
): readonly Match[] {
  if (service.length === 0) return conditions;
  return conditions.flatMap((condition) =>
    service.map((base) => ({ ...base, ...overlayOf(condition) })),
  );
}

function overlayOf(condition: Match): Match {
  return Object.fromEntries(
    OVERLAID.flatMap((member) =>
      condition[member] === undefined ? [] : [[member, condition[member]] as const],
    ),
  );
}
