import { readFileSync, readdirSync } from 'node:fs';
import { CORE_SCHEMA, loadAll } from 'js-yaml';
import type { ApiObject } from './api.ts';

export type Tree = { readonly [key: string]: unknown };

/** A policy of a case, in the words of ValidatingAdmissionPolicy or MutatingAdmissionPolicy. */
export interface CasePolicy {
  /** Distinguishes the policies of a case; '' for the only one. */
  readonly suffix: string;
  readonly spec: Tree;
  /** `spec` without `policyName`, by what distinguishes the bindings; '' for the only one. */
  readonly bindings: Readonly<Record<string, Tree>>;
  /** What is put to Sluice instead, where the suite itself is on trial. */
  readonly tampered?: Tree;
}

/** A permission of RBAC, given in the case's namespace or, with `cluster`, everywhere. */
export interface CaseGrant {
  readonly user?: string;
  readonly group?: string;
  readonly serviceAccount?: string;
  readonly cluster?: boolean;
  readonly rule: Tree;
}

/** One request under some policies. */
export interface VapCase {
  readonly id: string;
  readonly name: string;
  /** What it is about: the name of its file. */
  readonly area: string;
  readonly policies: readonly CasePolicy[];
  readonly kind: SubjectKind;
  /** Exists before the request; absent: the request creates the object. */
  readonly before?: ApiObject;
  /** What is sent: the object on CREATE, the merge patch on UPDATE. */
  readonly body: Tree;
  readonly operation: 'create' | 'update' | 'delete';
  /** Sent to another version of the API. */
  readonly apiVersion: string;
  /** What an update is sent to instead of the object itself. */
  readonly subresource?: string;
  readonly as?: { readonly user: string; readonly groups?: readonly string[] };
  readonly params: readonly ApiObject[];
  readonly grants: readonly CaseGrant[];
  readonly namespaceLabels: Readonly<Record<string, string>>;
  readonly verdict: 'allow' | 'warn' | 'deny';
  /** A part of the message that is expected, so that a case cannot pass for another reason. */
  readonly message?: string;
  /** Key of a declared difference that the case shows. */
  readonly difference?: string;
}

export type SubjectKind = 'Deployment' | 'Canary' | 'HTTPRoute' | 'Service';

/** A case as its file has it. */
export interface RawCase {
  readonly name: string;
  readonly kind?: SubjectKind;
  readonly policy?: Tree;
  readonly binding?: Tree;
  readonly bindings?: Readonly<Record<string, Tree>>;
  readonly policies?: Readonly<
    Record<string, { policy: Tree; binding?: Tree; bindings?: Readonly<Record<string, Tree>> }>
  >;
  readonly tampered?: Tree;
  readonly before?: Tree;
  readonly object?: Tree;
  readonly delete?: boolean;
  readonly apiVersion?: string;
  readonly subresource?: string;
  readonly as?: VapCase['as'];
  readonly params?: readonly ApiObject[];
  readonly grants?: readonly CaseGrant[];
  readonly namespaceLabels?: Readonly<Record<string, string>>;
  readonly verdict: VapCase['verdict'];
  readonly message?: string;
  readonly difference?: string;
}

const FOLDER = new URL('./vap/', import.meta.url);

/** The cases of all files in `vap/`, numbered in their order. */
export function readCases(): VapCase[] {
  let number = 0;
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => {
      const text = readFileSync(new URL(file, FOLDER), 'utf8');
      const raw = loadAll(text, undefined, { schema: CORE_SCHEMA }) as (RawCase | null)[];
      return raw
        .filter((each) => each !== null)
        .map((each) => {
          number += 1;
          return caseOf(each, file.replace('.yaml', ''), String(number).padStart(3, '0'));
        });
    });
}

/** Fills in what a case leaves out. */
export function caseOf(raw: RawCase, area: string, id: string): VapCase {
  const kind = raw.kind ?? 'Deployment';
  const base = SUBJECTS[kind];
  const before = raw.before === undefined ? undefined : (merged(base, raw.before) as ApiObject);
  const patch = raw.object ?? {};
  const isNew = raw.before === undefined;
  return {
    id,
    name: raw.name,
    area,
    policies: policiesOf(raw),
    kind,
    ...(before === undefined ? {} : { before }),
    body: isNew ? merged(base, patch) : patch,
    operation: raw.delete === true ? 'delete' : isNew ? 'create' : 'update',
    apiVersion: raw.apiVersion ?? (base['apiVersion'] as string),
    ...(raw.subresource === undefined ? {} : { subresource: raw.subresource }),
    ...(raw.as === undefined ? {} : { as: raw.as }),
    params: raw.params ?? [],
    grants: raw.grants ?? [],
    namespaceLabels: raw.namespaceLabels ?? {},
    verdict: raw.verdict,
    ...(raw.message === undefined ? {} : { message: raw.message }),
    ...(raw.difference === undefined ? {} : { difference: raw.difference }),
  };
}

function policiesOf(raw: RawCase): CasePolicy[] {
  if (raw.policies !== undefined) {
    return Object.entries(raw.policies).map(([suffix, { policy, ...rest }]) => ({
      suffix,
      spec: withDefaults(policy, raw.kind),
      bindings: rest.bindings ?? { '': rest.binding ?? {} },
    }));
  }
  const spec = withDefaults(raw.policy ?? {}, raw.kind);
  return [
    {
      suffix: '',
      spec,
      bindings: raw.bindings ?? { '': raw.binding ?? {} },
      ...(raw.tampered === undefined ? {} : { tampered: { ...spec, ...raw.tampered } }),
    },
  ];
}

function withDefaults(spec: Tree, kind: SubjectKind = 'Deployment'): Tree {
  const isMutation = spec['mutations'] !== undefined;
  const operations = isMutation ? ['CREATE', 'UPDATE'] : ['CREATE', 'UPDATE', 'DELETE'];
  return {
    matchConstraints: { resourceRules: [{ ...RULES[kind], operations }] },
    ...(isMutation ? { reinvocationPolicy: 'Never' } : {}),
    ...spec,
  };
}

const RULES: Readonly<Record<SubjectKind, Tree>> = {
  Deployment: { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] },
  Canary: { apiGroups: ['flagger.app'], apiVersions: ['v1beta1'], resources: ['canaries'] },
  HTTPRoute: {
    apiGroups: ['gateway.networking.k8s.io'],
    apiVersions: ['v1'],
    resources: ['httproutes'],
  },
  Service: { apiGroups: [''], apiVersions: ['v1'], resources: ['services'] },
};

const LABELS = { app: 'web' };

/** Valid objects with nothing running behind them; a case changes what it is about. Routes and services get a Canary as owner. */
const SUBJECTS: Readonly<Record<SubjectKind, Tree>> = {
  Deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: LABELS },
    spec: {
      replicas: 0,
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: { containers: [{ name: 'web', image: 'example.com/web:1' }] },
      },
    },
  },
  Canary: {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'web', labels: LABELS },
    spec: {
      suspend: true,
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      service: { port: 80 },
      analysis: {
        interval: '1m',
        threshold: 5,
        maxWeight: 50,
        stepWeight: 10,
        metrics: [{ name: 'request-success-rate', interval: '1m', thresholdRange: { min: 99 } }],
      },
    },
  },
  HTTPRoute: {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'edge', labels: LABELS },
    spec: {
      parentRefs: [{ name: 'gateway' }],
      hostnames: ['web.example.com'],
      rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
    },
  },
  Service: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'edge', labels: LABELS },
    spec: { selector: LABELS, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  },
};

/** A valid object of a kind. */
export function subject(kind: SubjectKind): ApiObject {
  return SUBJECTS[kind] as unknown as ApiObject;
}

/** JSON merge patch. */
export function merged(base: unknown, patch: Tree): Tree {
  const before = Object.entries(isTree(base) ? base : {}).filter(([key]) => !(key in patch));
  const after = Object.entries(patch).filter(([, value]) => value !== null);
  return Object.fromEntries([
    ...before,
    ...after.map(([key, value]) => [
      key,
      isTree(value) ? merged(isTree(base) ? base[key] : undefined, value) : value,
    ]),
  ]) as Tree;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
