import type { ObjectCache } from '../domain/client.ts';
import { parseKeyText, type KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { Reflector } from '../kube/reflector.ts';
import type { GapReporter } from './coverage-gaps.ts';
import type { Parts } from './parts.ts';

const GOVERNED_LABEL = 'sluice.dev/governed';
/** The ValidatingAdmissionPolicies of manifests/base and their bindings. */
export const OWN_ADMISSION_POLICIES: readonly string[] = [
  'sluice-records',
  'sluice-coverage',
  'sluice-identity',
];
/** A Lease that nobody renewed for this long was nobody's. Milliseconds; clocks of machines may differ by seconds. */
const ABSENCE_MS = 60_000;

/** The copies from which it is seen that governance is taken away. */
export interface CoverageSources {
  readonly namespaces: Reflector<KubeObject>;
  /** Policies and bindings; a cluster need not have them. */
  readonly admission: readonly Reflector<KubeObject>[];
}

/** Starts the copies that {@link watchCoverage} looks at. */
export function coverageSources({ caches }: Parts): CoverageSources {
  const types = [
    RESOURCES.validatingAdmissionPolicies,
    RESOURCES.validatingAdmissionPolicyBindings,
  ] as const;
  return {
    namespaces: caches.watch<KubeObject>(RESOURCES.namespaces),
    admission: types.map((type) =>
      caches.watch<KubeObject>(type, { optional: true, transform: identityOnly }),
    ),
  };
}

function identityOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, uid, resourceVersion, generation } = metadata;
  const known = Object.entries({ uid, resourceVersion, generation });
  const kept = Object.fromEntries(known.filter(([, value]) => value !== undefined));
  return { apiVersion, kind, metadata: { name, ...kept } };
}

/** Reports, until the signal aborts, what takes namespaces or the API server's own checks out of force. */
export function watchCoverage(
  { namespaces, admission }: CoverageSources,
  report: GapReporter,
  leading: AbortSignal,
): void {
  const ends = [followNamespaces(namespaces, report)];
  for (const cache of admission) ends.push(followAdmission(cache, report));
  leading.addEventListener('abort', () => {
    for (const end of ends) end();
  });
}

function followNamespaces(namespaces: ObjectCache<KubeObject>, report: GapReporter): () => void {
  const isGoverned = ({ metadata }: KubeObject): boolean =>
    metadata.labels?.[GOVERNED_LABEL] === 'true';
  const governed = new Set(
    namespaces
      .list()
      .filter(isGoverned)
      .map(({ metadata }) => metadata.name),
  );
  return namespaces.subscribe((key) => {
    const { name } = parseKeyText(key);
    const namespace = namespaces.get({ name });
    if (namespace !== undefined && isGoverned(namespace)) governed.add(name);
    else if (governed.delete(name) && namespace?.metadata.deletionTimestamp === undefined) {
      if (namespace === undefined) return;
      const message = `Namespace ${name} is not governed any more: its label ${GOVERNED_LABEL} was taken away`;
      report(namespace, 'namespace', message);
    }
  });
}

function followAdmission(cache: Reflector<KubeObject>, report: GapReporter): () => void {
  const known = new Map<string, KubeObject>();
  for (const name of OWN_ADMISSION_POLICIES) {
    const found = cache.get({ name });
    if (found !== undefined) known.set(name, found);
  }
  return cache.subscribe((key) => {
    const { name } = parseKeyText(key);
    if (!OWN_ADMISSION_POLICIES.includes(name)) return;
    const before = known.get(name);
    const now = cache.get({ name });
    if (now === undefined) known.delete(name);
    else known.set(name, now);
    if (before === undefined) return;
    const changed = now?.metadata.generation !== before.metadata.generation;
    if (now !== undefined && !changed) return;
    const what = now === undefined ? 'deleted' : 'changed';
    report(now ?? before, 'admission-policy', `${cache.type.kind} ${name} was ${what}`);
  });
}

/** Reports that no controller ran until this one began to lead. @param lease as found at the start of the process */
export function reportAbsence(
  lease: KubeObject | undefined,
  now: number,
  report: GapReporter,
): void {
  const { renewTime = '' } = (lease as { spec?: { renewTime?: string } } | undefined)?.spec ?? {};
  const awayMs = now - Date.parse(renewTime);
  if (lease === undefined || !(awayMs > ABSENCE_MS)) return;
  const seconds = Math.round(awayMs / 1000);
  report(lease, 'absence', `no controller ran for ${seconds} s, since ${renewTime}`);
}
