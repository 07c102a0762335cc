import type { GroupVersionKind, KindSchemas } from '../domain/kind-schemas/kind-schemas.ts';
import { kindKey } from '../domain/kind-schemas/read-open-api.ts';
import type { MatchResources } from '../domain/policy.ts';

/** Kinds that a policy is checked against at most, as in Kubernetes. */
const MAX_KINDS = 10;

type Rule = NonNullable<MatchResources['resourceRules']>[number];

/** The kinds that the rules of a policy name. */
export interface MatchedKinds {
  /** Those that are known, in the order of group, version and kind. */
  readonly kinds: readonly GroupVersionKind[];
  /** Whether the rules match no others: no wildcard, no subresource and no unknown resource is among them. */
  readonly isComplete: boolean;
}

/** Finds the kinds that rules name exactly; rules with a wildcard, and subresources, are passed over. */
export function matchedKinds(
  { resourceRules = [] }: MatchResources,
  schemas: KindSchemas,
): MatchedKinds {
  const found = new Map<string, GroupVersionKind>();
  let isComplete = resourceRules.length > 0;
  for (const rule of resourceRules) {
    const served = resourcesOf(rule).map((resource) => schemas.kindsOf(resource));
    const kinds = served.flat();
    isComplete &&= isExact(rule) && served.every(({ length }) => length > 0);
    for (const kind of kinds.slice(0, MAX_KINDS)) found.set(kindKey(kind), kind);
    // The first rule that names as many ends the search.
    if (kinds.length >= MAX_KINDS) return { kinds: sorted(found.values()), isComplete: false };
  }
  return { kinds: sorted(found.values()), isComplete };
}

function isExact({ apiGroups = [], apiVersions = [], resources = [] }: Rule): boolean {
  return (
    [...apiGroups, ...apiVersions].every((name) => !name.includes('*')) &&
    resources.every((name) => !/[*/]/.test(name))
  );
}

function resourcesOf({ apiGroups = [], apiVersions = [], resources = [] }: Rule) {
  if ([...apiGroups, ...apiVersions].some((name) => name.includes('*'))) return [];
  const plain = resources.filter((name) => !/[*/]/.test(name));
  return [...apiGroups]
    .sort()
    .flatMap((group) =>
      [...apiVersions]
        .sort()
        .flatMap((version) => [...plain].sort().map((resource) => ({ group, version, resource }))),
    );
}

function sorted(kinds: Iterable<GroupVersionKind>): readonly GroupVersionKind[] {
  const keyOf = ({ group, version, kind }: GroupVersionKind): string =>
    `${group}\0${version}\0${kind}`;
  return [...kinds].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
