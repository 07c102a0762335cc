import { createHash } from 'node:crypto';
import type { KubeObject, OwnerReference } from '../domain/object.ts';
import type { ScanOutcome, ScanResult } from './scan-results.ts';

/** The kinds of report that the cluster may know. */
export type ReportApi = 'openreports' | 'wgpolicyk8s';

/** One entry of a report, as both kinds have it. */
interface ReportResult {
  readonly source: string;
  readonly policy: string;
  readonly rule?: string;
  readonly result: ScanOutcome;
  readonly severity?: string;
  readonly category?: string;
  readonly message?: string;
  readonly scored: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly timestamp: { readonly seconds: number; readonly nanos: number };
}

/** A Report or PolicyReport about one subject. */
export interface SubjectReport extends KubeObject {
  readonly source?: string;
  readonly scope: Readonly<Record<'apiVersion' | 'kind' | 'name', string>> & {
    readonly namespace?: string;
    readonly uid: string;
  };
  readonly summary: Readonly<Record<ScanOutcome, number>>;
  readonly results: readonly ReportResult[];
}

/** The most results that a report holds, and the most bytes of them; etcd takes 1.5 MiB an object. */
const MAX_RESULTS = 200;
const MAX_BYTES = 256 * 1024;
const MAX_MESSAGE = 1024;
const SOURCE = 'sluice';
/** Says what a report leaves out. */
export const CUT_ANNOTATION = 'sluice.dev/results-cut';
/** Selects the reports that Sluice owns. */
export const REPORT_LABELS = { 'app.kubernetes.io/managed-by': 'sluice' } as const;

/** In the order in which a report keeps them when not all fit. */
const OUTCOMES: readonly ScanOutcome[] = ['fail', 'error', 'warn', 'skip', 'pass'];

/** Name of the report about an object: another one of the same name gets another report. */
export function reportName(uid: string): string {
  return `sluice-${uid}`;
}

/**
 * The report about an object, owned by it so that it goes with it.
 * @param results at least one
 * @param nowMs when they were found, milliseconds since the Unix epoch
 */
export function reportOf(
  subject: KubeObject,
  results: readonly ScanResult[],
  { api, nowMs }: { readonly api: ReportApi; readonly nowMs: number },
): SubjectReport {
  const { apiVersion, kind, metadata } = subject;
  const { name, namespace, uid = '' } = metadata;
  const ms = Math.floor(nowMs);
  const timestamp = { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 };
  const all = inOrder(results);
  const kept = fitting(all.map((result) => resultOf(result, timestamp)));
  const owner: OwnerReference = { apiVersion, kind, name, uid };
  const cut = cutText(all.slice(kept.length));
  return {
    ...typeOf(api, namespace !== undefined),
    metadata: {
      name: reportName(uid),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...REPORT_LABELS },
      ...(cut === '' ? {} : { annotations: { [CUT_ANNOTATION]: cut } }),
      ownerReferences: [owner],
    },
    ...(api === 'openreports' ? { source: SOURCE } : {}),
    scope: { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }), uid },
    summary: summaryOf(all),
    results: kept,
  };
}

function typeOf(api: ReportApi, isNamespaced: boolean): { apiVersion: string; kind: string } {
  const prefix = isNamespaced ? '' : 'Cluster';
  return api === 'openreports'
    ? { apiVersion: 'openreports.io/v1alpha1', kind: `${prefix}Report` }
    : { apiVersion: 'wgpolicyk8s.io/v1alpha2', kind: `${prefix}PolicyReport` };
}

/**
 * What of a report says something: two with the same digest differ in their times at most. Made without an intermediate
 * object, as it is made for each object in each scan.
 */
export function reportDigest(report: SubjectReport): string {
  const { apiVersion, kind, metadata, source = '', scope, summary, results } = report;
  const { labels = {}, annotations = {}, ownerReferences = [] } = metadata;
  const parts = [
    `${apiVersion} ${kind}`,
    pairs(labels),
    annotations[CUT_ANNOTATION] ?? '',
    ownerReferences.map(({ uid }) => uid).join(' '),
    source,
    pairs(scope),
    OUTCOMES.map((outcome) => String(summary[outcome])).join(' '),
    ...results.map(resultText),
  ];
  return createHash('sha256').update(parts.join('\n')).digest('base64url');
}

/** A tab stands in no name, and a message that holds one stays where it is. */
function resultText(result: ReportResult): string {
  const { source, policy, rule = '', severity = '', category = '', message = '' } = result;
  const { result: outcome, scored, properties } = result;
  return `${source}\t${policy}\t${rule}\t${outcome}\t${severity}\t${category}\t${scored}\t${pairs(properties)}\t${message}`;
}

function pairs(record: Readonly<Record<string, string>>): string {
  let text = '';
  for (const key of Object.keys(record).sort()) text += `${key}=${record[key] ?? ''};`;
  return text;
}

function resultOf(result: ScanResult, timestamp: ReportResult['timestamp']): ReportResult {
  const { policy, rule, outcome, severity, category, message } = result;
  return {
    source: SOURCE,
    policy,
    ...(rule === '' ? {} : { rule }),
    result: outcome,
    ...(severity === undefined ? {} : { severity }),
    ...(category === undefined ? {} : { category }),
    ...(message === '' ? {} : { message: message.slice(0, MAX_MESSAGE).toWellFormed() }),
    scored: outcome === 'fail' || outcome === 'pass',
    properties: propertiesOf(result),
    timestamp,
  };
}

function propertiesOf(result: ScanResult): Readonly<Record<string, string>> {
  const { binding, action, digest, controls, exception } = result;
  return {
    ...(binding === '' ? {} : { binding }),
    action,
    ...(digest === '' ? {} : { 'policy-digest': digest }),
    ...(controls.length === 0 ? {} : { controls: controls.join(',') }),
    ...(exception === undefined ? {} : { exception }),
  };
}

/** What is most telling first. */
function inOrder(results: readonly ScanResult[]): readonly ScanResult[] {
  return results
    .map((result): readonly [string, ScanResult] => {
      const { outcome, policy, binding, rule } = result;
      return [`${OUTCOMES.indexOf(outcome)} ${policy} ${binding} ${rule}`, result];
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, result]) => result);
}

/** As many of the first ones as a report may hold. */
function fitting(results: readonly ReportResult[]): readonly ReportResult[] {
  let bytes = 0;
  const end = results.findIndex((result, index) => {
    bytes += sizeOf(result);
    return index >= MAX_RESULTS || bytes > MAX_BYTES;
  });
  return end < 0 ? results : results.slice(0, end);
}

/** Bytes of a result, by and large, and rather too many: what is beside its long texts is a few hundred. */
function sizeOf({
  policy,
  rule = '',
  message = '',
  category = '',
  properties,
}: ReportResult): number {
  const { controls = '', binding = '' } = properties;
  const length = policy.length + rule.length + message.length + category.length;
  return 400 + 2 * (length + controls.length + binding.length);
}

function summaryOf(results: readonly ScanResult[]): Record<ScanOutcome, number> {
  const summary = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 };
  for (const { outcome } of results) summary[outcome]++;
  return summary;
}

function cutText(left: readonly ScanResult[]): string {
  if (left.length === 0) return '';
  const summary = summaryOf(left);
  const parts = OUTCOMES.filter((outcome) => summary[outcome] > 0).map(
    (outcome) => `${summary[outcome]} ${outcome}`,
  );
  return `${left.length} results are left out: ${parts.join(', ')}`;
}
