import type { WantedResource } from '../domain/kind-schemas/kind-schemas.ts';
import { parseApiVersion } from '../domain/object.ts';
import type { RolloutPolicy } from '../domain/policy.ts';
import { pluralOf } from './plural.ts';

/**
 * The resources whose schemas policies need: to merge apply configurations, and, for the status, to check expressions.
 * @param checksTypes whether expressions are checked; else only policies with an apply configuration count
 */
export function wantedResources(
  policies: readonly RolloutPolicy[],
  checksTypes: boolean,
): readonly WantedResource[] {
  const found = new Map<string, WantedResource>();
  for (const { spec } of policies) {
    const applies = (spec.mutations ?? []).some((each) => each.patchType !== 'JSONPatch');
    if (!applies && !checksTypes) continue;
    for (const wanted of matchedResources(spec, applies))
      found.set(Object.values(wanted).join(), wanted);
    if (spec.paramKind !== undefined && checksTypes) {
      const { apiVersion, kind } = spec.paramKind;
      const wanted = { ...parseApiVersion(apiVersion), resource: pluralOf(apiVersion, kind) };
      found.set(Object.values(wanted).join(), wanted);
    }
  }
  return [...found.values()];
}

/** Wildcards count where objects are changed; types are checked for exact names only. */
function matchedResources(
  { matchConstraints }: RolloutPolicy['spec'],
  applies: boolean,
): readonly WantedResource[] {
  const isUsed = (name: string): boolean => applies || !name.includes('*');
  return (matchConstraints?.resourceRules ?? []).flatMap(
    ({ apiGroups = [], apiVersions = [], resources = [] }) =>
      apiGroups
        .filter((group) => group !== '*')
        .flatMap((group) =>
          apiVersions
            .filter(isUsed)
            .flatMap((version) =>
              resources
                .filter(isUsed)
                .map((name) => ({ group, version, resource: name.split('/')[0] ?? '' })),
            ),
        ),
  );
}
