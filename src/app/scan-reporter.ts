import type { ObjectClient } from '../domain/client.ts';
import { keyText, type KubeObject } from '../domain/object.ts';
import {
  reportDigest,
  reportName,
  reportOf,
  type ReportApi,
  type SubjectReport,
} from '../policy/scan-report.ts';
import type { ScanResult } from '../policy/scan-results.ts';
import type { Parts } from './parts.ts';
import { createReportStore, REPORT_TYPES, type ReportStore } from './scan-reports.ts';

/** An object that was examined, and how it fared; undefined when it is gone or no policy concerns it. */
export type Examined =
  { readonly object: KubeObject; readonly results: readonly ScanResult[] } | undefined;

/** Keeps one report for each object that a policy concerns, in the kind that the cluster has. */
export interface ScanReporter {
  /** Undefined while the cluster has none, or none is wanted. */
  readonly api: ReportApi | undefined;
  /** Whether results stay without reports, because the cluster has no kind for them. */
  readonly isInVain: boolean;
  /** Takes note of what was found about an object; a report is written only when it says something else. */
  offer(subject: string, examined: Examined): void;
  /** Has every report that no object asks for removed. */
  sweep(): void;
  /** Until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * @param examine looks at an object again: what is to be written is made when it is written, so that what waits costs
 * no memory
 * @param onInstalled called when a kind of report turns out to be there
 */
export function createScanReporter(options: {
  readonly parts: Parts;
  readonly client: ObjectClient;
  readonly examine: (subject: string) => Examined;
  readonly onInstalled: () => void;
}): ScanReporter {
  return new Reporter(options);
}

class Reporter implements ScanReporter {
  readonly #options: Parameters<typeof createScanReporter>[0];
  readonly #stores: readonly ReportStore[];
  /** Key of the report of each examined object, and the other way round. */
  readonly #keys = new Map<string, string>();
  readonly #subjects = new Map<string, string>();
  /** What each report should say, by its key, so that what others do to one is noticed. */
  readonly #digests = new Map<string, string>();

  constructor(options: Parameters<typeof createScanReporter>[0]) {
    this.#options = options;
    const isOff = options.parts.config.reports === 'off';
    this.#stores = (isOff ? [] : REPORT_TYPES).map((type): ReportStore => {
      const store: ReportStore = createReportStore({
        ...options,
        type,
        wanted: (key) => this.#wanted(type, key),
      });
      return store;
    });
  }

  get api(): ReportApi | undefined {
    const { reports } = this.#options.parts.config;
    const installed = this.#stores.filter(({ isInstalled }) => isInstalled).map(({ api }) => api);
    return reports === 'auto' ? installed[0] : installed.find((api) => api === reports);
  }

  get isInVain(): boolean {
    const isOff = this.#options.parts.config.reports === 'off';
    return !isOff && this.api === undefined && this.#stores.every(({ isKnown }) => isKnown);
  }

  offer(subject: string, examined: Examined): void {
    const before = this.#keys.get(subject);
    const key = examined === undefined ? undefined : reportKey(examined.object);
    if (before !== undefined && before !== key) this.#forget(subject, before);
    if (examined === undefined || key === undefined) return;
    this.#keys.set(subject, key);
    this.#subjects.set(key, subject);
    const { api } = this;
    if (api === undefined) return;
    const store = this.#storeOf(api, examined.object.metadata.namespace !== undefined);
    const digest = reportDigest(reportOf(examined.object, examined.results, { api, nowMs: 0 }));
    this.#digests.set(key, digest);
    if (store?.digestOf(key) !== digest) store?.enqueue(key);
  }

  sweep(): void {
    const { api } = this;
    for (const store of this.#stores) {
      for (const key of store.keys()) {
        if (store.api !== api || !this.#subjects.has(key)) store.enqueue(key);
      }
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    for (const store of this.#stores) {
      void store.whenInstalled(signal).then(this.#options.onInstalled, () => undefined);
    }
    const ends = this.#stores.map((store) =>
      store.subscribe((key) => {
        const isRight = store.api === this.api && store.digestOf(key) === this.#digests.get(key);
        if (!isRight && this.#subjects.has(key)) store.enqueue(key);
      }),
    );
    await Promise.all(this.#stores.map((store) => store.run(signal)));
    for (const end of ends) end();
  }

  #forget(subject: string, key: string): void {
    this.#keys.delete(subject);
    this.#subjects.delete(key);
    this.#digests.delete(key);
    for (const store of this.#stores) if (store.digestOf(key) !== undefined) store.enqueue(key);
  }

  #storeOf(api: ReportApi, isNamespaced: boolean): ReportStore | undefined {
    return this.#stores.find((each) => each.api === api && each.isNamespaced === isNamespaced);
  }

  #wanted(type: (typeof REPORT_TYPES)[number], key: string): SubjectReport | undefined {
    const subject = this.#subjects.get(key);
    if (subject === undefined || type.api !== this.api) return undefined;
    if (type.namespaced !== key.includes('/')) return undefined;
    const examined = this.#options.examine(subject);
    if (examined === undefined || reportKey(examined.object) !== key) return undefined;
    const nowMs = this.#options.parts.clock.now();
    return reportOf(examined.object, examined.results, { api: type.api, nowMs });
  }
}

function reportKey({ metadata }: KubeObject): string {
  const { namespace, uid = '' } = metadata;
  const name = reportName(uid);
  return keyText(namespace === undefined ? { name } : { namespace, name });
}
