import type { MatchResources } from '../domain/policy.ts';
import { isEvaluatedAt, type ActivePolicy } from './snapshot.ts';

/** A resource as rules name it: `*` stands for every one. */
export interface NamedResource {
  readonly group: string;
  readonly resource: string;
}

/**
 * The resources that a policy is to be asked about in a scan. Subresources are no objects; without rules it is every
 * resource. Empty when no binding has it evaluated there.
 */
export function scannedResources({ compiled, bindings }: ActivePolicy): readonly NamedResource[] {
  if (!bindings.some((binding) => isEvaluatedAt(compiled.policy, binding, 'Scan'))) return [];
  return namedResources(compiled.policy.spec.matchConstraints);
}

/** The resources that constraints name, each once; without rules it is every resource. */
export function namedResources(criteria: MatchResources | undefined): readonly NamedResource[] {
  const rules = criteria?.resourceRules ?? [];
  if (rules.length === 0) return [{ group: '*', resource: '*' }];
  const seen = new Map<string, NamedResource>();
  for (const { apiGroups = [], resources = [] } of rules) {
    for (const group of apiGroups) {
      for (const resource of resources.filter((name) => !name.includes('/'))) {
        seen.set(`${resource}.${group}`, { group, resource });
      }
    }
  }
  return [...seen.values()];
}

/**
 * Those of the resources that a policy names and that are not among the scanned ones. A wildcard names whatever there
 * is, and so is content.
 */
export function unscannedResources(
  active: ActivePolicy,
  scanned: readonly NamedResource[],
): readonly NamedResource[] {
  return scannedResources(active).filter(
    ({ group, resource }) =>
      group !== '*' &&
      resource !== '*' &&
      !scanned.some((each) => each.group === group && each.resource === resource),
  );
}
