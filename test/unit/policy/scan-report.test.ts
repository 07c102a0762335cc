import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { Schema } from '../../../src/domain/schemas/schema.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import {
  CUT_ANNOTATION,
  reportDigest,
  reportOf,
  type ReportApi,
} from '../../../src/policy/scan-report.ts';
import type { ScanOutcome, ScanResult } from '../../../src/policy/scan-results.ts';
import { schemaIssues } from '../../../src/policy/schema-issues.ts';
import { reportCrds } from '../../support/report-crds.ts';

const AT = Date.UTC(2026, 10, 25, 12, 0, 0, 250) + 0.7;
const subject: KubeObject = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'web', namespace: 'shop', uid: 'u-1' },
};

function result(outcome: ScanOutcome, changes: Partial<ScanResult> = {}): ScanResult {
  return {
    policy: 'p',
    digest: 'sha256:d',
    binding: 'b',
    rule: outcome === 'pass' ? '' : 'r',
    outcome,
    action: 'Deny',
    message: 'm',
    controls: ['soc2-2017/CC8.1'],
    ...changes,
  };
}

const OUTCOMES: readonly ScanOutcome[] = ['pass', 'warn', 'skip', 'error', 'fail'];
const all = OUTCOMES.map((outcome) =>
  result(outcome, {
    severity: 'critical',
    category: 'c',
    ...(outcome === 'skip' ? { exception: 'shop/sale' } : {}),
  }),
);

/** The schema that a version of a definition has. */
function schemaOf(api: ReportApi, kind: string): Schema {
  interface Definition {
    spec: {
      names: { kind: string };
      versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
    };
  }
  const found = (reportCrds(api) as unknown as Definition[]).find(
    ({ spec }) => spec.names.kind === kind,
  );
  const version = api === 'openreports' ? 'v1alpha1' : 'v1alpha2';
  const schema = found?.spec.versions.find(({ name }) => name === version)?.schema.openAPIV3Schema;
  if (schema === undefined) throw new Error(`no schema of ${kind}`);
  return schema;
}

describe.each([
  ['openreports', 'Report', true],
  ['openreports', 'ClusterReport', false],
  ['wgpolicyk8s', 'PolicyReport', true],
  ['wgpolicyk8s', 'ClusterPolicyReport', false],
] as const)('a report of %s as %s', (api, kind, isNamespaced) => {
  const { name, uid = '' } = subject.metadata;
  const object = isNamespaced ? subject : { ...subject, metadata: { name, uid } };
  const report = reportOf(object, all, { api, nowMs: AT });

  it('has that kind, and fits the definition that its project publishes', () => {
    expect(report.kind).toBe(kind);
    const schema = schemaOf(api, kind);
    expect(schemaIssues(schema, report as unknown as Json, kind)).toEqual([]);
    const wrong = { ...report, results: [{ ...report.results[0], result: 'bad', more: 1 }] };
    expect(schemaIssues(schema, wrong as unknown as Json, kind)).toHaveLength(2);
  });
});

describe('a report', () => {
  const report = reportOf(subject, all, { api: 'openreports', nowMs: AT });

  it('belongs to its subject, and is named after its uid', () => {
    expect(report.metadata).toEqual({
      name: 'sluice-u-1',
      namespace: 'shop',
      labels: { 'app.kubernetes.io/managed-by': 'sluice' },
      ownerReferences: [
        { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'web', uid: 'u-1' },
      ],
    });
  });

  it('counts every result, and has what is worst first', () => {
    expect(report.summary).toEqual({ pass: 1, fail: 1, warn: 1, error: 1, skip: 1 });
    expect(report.results.map((each) => each.result)).toEqual([
      'fail',
      'error',
      'warn',
      'skip',
      'pass',
    ]);
    expect(report.results[3]?.properties).toEqual({
      binding: 'b',
      action: 'Deny',
      'policy-digest': 'sha256:d',
      controls: 'soc2-2017/CC8.1',
      exception: 'shop/sale',
    });
    expect(report.results[0]?.timestamp).toEqual({ seconds: 1795608000, nanos: 250_000_000 });
  });

  it('keeps the worst when not all fit, and says what it leaves out', () => {
    const many = [
      ...Array.from({ length: 300 }, (_, index) => result('pass', { policy: `p${index}` })),
      ...Array.from({ length: 10 }, (_, index) => result('fail', { policy: `p${index}` })),
    ];
    const cut = reportOf(subject, many, { api: 'openreports', nowMs: AT });
    expect(cut.results).toHaveLength(200);
    expect(cut.results.filter((each) => each.result === 'fail')).toHaveLength(10);
    expect(cut.summary).toMatchObject({ pass: 300, fail: 10 });
    expect(cut.metadata.annotations).toEqual({
      [CUT_ANNOTATION]: '110 results are left out: 110 pass',
    });
  });

  it('stays far below what etcd takes', () => {
    const long = { message: '😀'.repeat(5000), controls: ['x'.repeat(2000)] };
    const many = Array.from({ length: 1000 }, (_, index) =>
      result('fail', { ...long, policy: `p${index}` }),
    );
    const text = JSON.stringify(reportOf(subject, many, { api: 'openreports', nowMs: AT }));
    expect(Buffer.byteLength(text)).toBeLessThan(512 * 1024);
    expect(text.isWellFormed()).toBe(true);
  });
});

describe('the digest of a report', () => {
  const make = (results: readonly ScanResult[], nowMs = AT) =>
    reportDigest(reportOf(subject, results, { api: 'openreports', nowMs }));
  const one = [result('fail')];

  it('does not depend on the time', () => {
    expect(make(one, AT + 1e6)).toBe(make(one));
  });

  it.each([
    ['message', { message: 'other' }],
    ['outcome', { outcome: 'warn' }],
    ['rule', { rule: 'other' }],
    ['binding', { binding: 'other' }],
    ['action', { action: 'Audit' }],
    ['severity', { severity: 'high' }],
    ['category', { category: 'other' }],
    ['policy digest', { digest: 'other' }],
    ['controls', { controls: [] }],
    ['exception', { exception: 'a/b' }],
  ] as [string, Partial<ScanResult>][])('is another when the %s is', (_name, changes) => {
    expect(make([{ ...result('fail'), ...changes }])).not.toBe(make(one));
  });

  it('is the same of what the API server gives back', () => {
    const report = reportOf(subject, all, { api: 'openreports', nowMs: AT });
    const stored = JSON.parse(JSON.stringify(report)) as typeof report;
    const metadata = { ...stored.metadata, uid: 'x', resourceVersion: '7', generation: 1 };
    expect(reportDigest({ ...stored, metadata })).toBe(reportDigest(report));
  });
});
