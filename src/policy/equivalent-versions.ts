import type { GroupVersionResource } from '../domain/decision.ts';

/**
 * Resources under review that the API serves in several versions of the same shape, which differ in nothing but
 * `apiVersion`. Webhooks are asked about these in the version of the request.
 */
const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  'gateway.networking.k8s.io/httproutes': ['v1', 'v1beta1'],
};
const NONE: readonly GroupVersionResource[] = [];

/** The same resource in the other versions in which it is served. */
export function equivalentVersions(
  resource: GroupVersionResource,
): readonly GroupVersionResource[] {
  const versions = VERSIONS[`${resource.group}/${resource.resource}`];
  if (versions === undefined) return NONE;
  return versions
    .filter((version) => version !== resource.version)
    .map((version) => ({ ...resource, version }));
}
