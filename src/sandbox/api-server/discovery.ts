import { parseAccept } from './negotiate.ts';
import type { Fields } from './json.ts';
import { groupVersionOf, type ApiResource } from './resource.ts';
import { VIRTUAL_RESOURCES, type VirtualResource } from './virtual-resources.ts';

/** What `/version` answers: the Kubernetes release whose behaviour the sandbox follows. */
export const VERSION: Fields = {
  major: '1',
  minor: '37',
  gitVersion: 'v1.37.0+sluice-sandbox',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'node',
};

const VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'] as const;

interface Discovered {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
}

interface Subresource {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

function discovered(resources: readonly ApiResource[]): Discovered[] {
  return [...resources.map(ofResource), ...VIRTUAL_RESOURCES.map(ofVirtual)];
}

function ofResource(resource: ApiResource): Discovered {
  const { group, version, kind } = resource;
  return {
    ...resource,
    verbs: VERBS,
    subresources: [
      ...(resource.hasStatus ? [{ name: 'status', group, version, kind }] : []),
      ...(resource.scale === undefined
        ? []
        : [{ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale' }]),
    ],
  };
}

function ofVirtual(resource: VirtualResource): Discovered {
  return {
    ...resource,
    singular: resource.kind.toLowerCase(),
    namespaced: false,
    verbs: ['create'],
    shortNames: [],
    categories: [],
    subresources: [],
  };
}

/** `APIResourceList` of one group and version; undefined when nothing is served there. */
export function resourceList(
  resources: readonly ApiResource[],
  group: string,
  version: string,
): Fields | undefined {
  const served = discovered(resources).filter(
    (resource) => resource.group === group && resource.version === version,
  );
  if (served.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersionOf({ group, version }),
    resources: served.flatMap(legacyEntries),
  };
}

function legacyEntries(resource: Discovered): Fields[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length === 0 ? {} : { shortNames }),
      ...(categories.length === 0 ? {} : { categories }),
    },
    ...resource.subresources.map((sub) => ({
      name: `${plural}/${sub.name}`,
      singularName: '',
      namespaced,
      ...(sub.group === resource.group ? {} : { group: sub.group, version: sub.version }),
      kind: sub.kind,
      verbs: SUBRESOURCE_VERBS,
    })),
  ];
}

/** `APIVersions`, the legacy answer of `/api`. */
export function coreVersions(): Fields {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

/** `APIGroupList`, the legacy answer of `/apis`. */
export function groupList(resources: readonly ApiResource[]): Fields {
  const groups = [...groupsOf(resources)].filter(([name]) => name !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map(([name, versions]) => groupEntry(name, versions)),
  };
}

/** `APIGroup` of one group; undefined when it is not served. */
export function oneGroup(resources: readonly ApiResource[], name: string): Fields | undefined {
  const versions = groupsOf(resources).get(name);
  if (versions === undefined || name === '') return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(name, versions) };
}

function groupEntry(name: string, versions: readonly string[]): Fields {
  const entries = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

/** Versions of each group, the preferred one first. */
function groupsOf(resources: readonly ApiResource[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { group, version } of discovered(resources)) {
    const versions = groups.get(group) ?? [];
    groups.set(group, versions);
    if (!versions.includes(version)) versions.push(version);
  }
  for (const versions of groups.values()) versions.sort(byStability);
  return groups;
}

// Kubernetes' order: GA before beta before alpha, higher numbers first.
function byStability(left: string, right: string): number {
  const [a, b] = [rankOf(left), rankOf(right)];
  for (const [index, rank] of a.entries()) {
    const other = b[index] ?? 0;
    if (rank !== other) return other - rank;
  }
  return left < right ? -1 : 1;
}

function rankOf(version: string): number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const [, major, stability, minor] = match;
  const stage = stability === undefined ? 3 : stability === 'beta' ? 2 : 1;
  return [stage, Number(major), Number(minor ?? 0)];
}

/** Media type of aggregated discovery that the client accepts before plain JSON; undefined: legacy discovery. */
export function aggregatedType(accept: string | undefined): string | undefined {
  for (const { type, parameters } of parseAccept(accept)) {
    if (type !== 'application/json') continue;
    const { g, v, as } = parameters;
    if (as === undefined) return undefined;
    const isKnown = g === 'apidiscovery.k8s.io' && (v === 'v2' || v === 'v2beta1');
    if (isKnown && as === 'APIGroupDiscoveryList') {
      return `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList`;
    }
  }
  return undefined;
}

/** `APIGroupDiscoveryList`: of the core group for `/api`, of all others for `/apis`. */
export function aggregatedDiscovery(
  resources: readonly ApiResource[],
  { core, version }: { core: boolean; version: string },
): Fields {
  const all = discovered(resources);
  const groups = [...groupsOf(resources)].filter(([name]) => (name === '') === core);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(([name, versions]) => ({
      metadata: { name, creationTimestamp: null },
      versions: versions.map((entry) => ({
        version: entry,
        freshness: 'Current',
        resources: all
          .filter((resource) => resource.group === name && resource.version === entry)
          .map(aggregatedEntry),
      })),
    })),
  };
}

function aggregatedEntry(resource: Discovered): Fields {
  const { plural, singular, namespaced, verbs, shortNames, categories } = resource;
  return {
    resource: plural,
    responseKind: kindOf(resource),
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(resource.subresources.length === 0
      ? {}
      : {
          subresources: resource.subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: kindOf(sub),
            verbs: SUBRESOURCE_VERBS,
          })),
        }),
  };
}

function kindOf({
  group,
  version,
  kind,
}: {
  group: string;
  version: string;
  kind: string;
}): Fields {
  return { group, version, kind };
}
