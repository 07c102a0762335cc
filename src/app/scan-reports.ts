import type { ObjectClient } from '../domain/client.ts';
import { keyOf, keyText, type ObjectKey, type ResourceType } from '../domain/object.ts';
import { createController } from '../kube/controller.ts';
import type { Reflector } from '../kube/reflector.ts';
import {
  REPORT_LABELS,
  reportDigest,
  type ReportApi,
  type SubjectReport,
} from '../policy/scan-report.ts';
import type { Parts } from './parts.ts';
import { identityOnly } from './trimmed.ts';

/** The reports of one kind that Sluice owns in the cluster. */
export interface ReportStore {
  readonly api: ReportApi;
  /** Whether the kind is of namespaces or of the cluster. */
  readonly isNamespaced: boolean;
  /** Whether the cluster has the kind, as far as is known. */
  readonly isInstalled: boolean;
  /** Whether the cluster has been asked for the kind. */
  readonly isKnown: boolean;
  /** Digest of what a report says now; undefined when there is none. */
  digestOf(key: string): string | undefined;
  /** The reports that there are. */
  keys(): readonly string[];
  /** Calls `listener` with the key of each report that changed or went; returns the unsubscribe function. */
  subscribe(listener: (key: string) => void): () => void;
  /** Asks for a report to be made what it should be. */
  enqueue(key: string): void;
  /** Writes what is asked for until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when the kind is known to be there; rejects with the signal's reason. */
  whenInstalled(signal: AbortSignal): Promise<void>;
}

/** What is kept of a report: whose it is, and a digest of what it says, so that changes by others are put right. */
type KeptReport = Pick<SubjectReport, 'apiVersion' | 'kind' | 'metadata'> & {
  readonly digest: string;
};

const OPENREPORTS = { group: 'openreports.io', version: 'v1alpha1' } as const;
const WGPOLICY = { group: 'wgpolicyk8s.io', version: 'v1alpha2' } as const;
/** The kinds of report, those that are preferred first. */
export const REPORT_TYPES: readonly (ResourceType & { readonly api: ReportApi })[] = [
  { ...OPENREPORTS, plural: 'reports', kind: 'Report', namespaced: true, api: 'openreports' },
  {
    ...OPENREPORTS,
    plural: 'clusterreports',
    kind: 'ClusterReport',
    namespaced: false,
    api: 'openreports',
  },
  {
    ...WGPOLICY,
    plural: 'policyreports',
    kind: 'PolicyReport',
    namespaced: true,
    api: 'wgpolicyk8s',
  },
  {
    ...WGPOLICY,
    plural: 'clusterpolicyreports',
    kind: 'ClusterPolicyReport',
    namespaced: false,
    api: 'wgpolicyk8s',
  },
];

const WORKERS = 4;
const DRAIN_MS = 2000;

/**
 * Follows the reports of one kind.
 * @param wanted the report of that kind that there should be under a key; undefined when there should be none
 */
export function createReportStore(options: {
  readonly parts: Parts;
  /** Of the leader. */
  readonly client: ObjectClient;
  readonly type: (typeof REPORT_TYPES)[number];
  readonly wanted: (key: string) => SubjectReport | undefined;
}): ReportStore {
  const { parts, type, wanted } = options;
  const cache = watchReports(parts, type);
  const controller = createController({
    name: `${type.plural}.${type.group}`,
    reconciler: {
      reconcile: async (key, signal) => {
        const report = wanted(keyText(key));
        const operation = await bringAbout(options, { cache, key, report }, signal);
        if (operation !== undefined) {
          parts.metrics.increment('sluice_scan_report_writes_total', { operation });
        }
        return {};
      },
    },
    workers: WORKERS,
    clock: parts.clock,
    random: parts.random,
    logger: parts.logger,
    drainMs: DRAIN_MS,
  });
  return {
    api: type.api,
    isNamespaced: type.namespaced,
    get isInstalled() {
      return cache.synced && cache.problem?.startsWith('NotFound') !== true;
    },
    get isKnown() {
      return cache.synced || cache.problem !== undefined;
    },
    digestOf: (key) => kept(cache, key)?.digest,
    keys: () => cache.list().map((report) => keyText(keyOf(report))),
    subscribe: (listener) => cache.subscribe(listener),
    enqueue: (key) => {
      controller.enqueue(key);
    },
    run: (signal) => controller.run(signal),
    whenInstalled: (signal) => cache.whenSynced(signal),
  };
}

function kept(cache: Reflector<KeptReport>, key: string): KeptReport | undefined {
  const slash = key.indexOf('/');
  return slash < 0
    ? cache.get({ name: key })
    : cache.get({ namespace: key.slice(0, slash), name: key.slice(slash + 1) });
}

function watchReports({ caches, config }: Parts, type: ResourceType): Reflector<KeptReport> {
  const isOne = config.namespace !== '' && type.namespaced;
  return caches.watch<KeptReport>(type, {
    ...(isOne ? { namespace: config.namespace } : {}),
    optional: true,
    labelSelector: Object.entries(REPORT_LABELS)
      .map(([label, value]) => `${label}=${value}`)
      .join(','),
    transform: (report) => ({
      ...identityOnly(report),
      digest: reportDigest(report as unknown as SubjectReport),
    }),
  });
}

async function bringAbout(
  { client, type }: { readonly client: ObjectClient; readonly type: ResourceType },
  {
    cache,
    key,
    report,
  }: {
    readonly cache: Reflector<KeptReport>;
    readonly key: ObjectKey;
    readonly report: SubjectReport | undefined;
  },
  signal: AbortSignal,
): Promise<'create' | 'replace' | 'delete' | undefined> {
  const known = cache.get(key);
  if (report === undefined) {
    if (known === undefined) return undefined;
    const { uid } = known.metadata;
    await client.delete(type, key, { signal, ...(uid === undefined ? {} : { uid }) });
    return 'delete';
  }
  if (known === undefined) {
    await client.create(type, report, { signal });
    return 'create';
  }
  if (known.digest === reportDigest(report)) return undefined;
  const { resourceVersion } = known.metadata;
  const metadata = {
    ...report.metadata,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  await client.replace(type, { ...report, metadata }, { signal });
  return 'replace';
}
