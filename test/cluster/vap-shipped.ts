import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { CORE_SCHEMA, load } from 'js-yaml';
import type { ApiObject } from './api.ts';
import { caseOf, merged, subject, type SubjectKind, type Tree, type VapCase } from './vap-case.ts';

const FOLDER = new URL('../../policies/', import.meta.url);
/** Cases of one policy with each verdict. */
const MOST = 2;
/** What only Sluice has: a policy or test that needs it cannot be put to Kubernetes. */
const OURS = /\b(?:now|rollout)\b/;
const FIELDS = [
  'matchConstraints',
  'matchConditions',
  'variables',
  'auditAnnotations',
  'failurePolicy',
];
/** Objects that the API server itself would not store, and those that only Sluice may write. */
const NOT_STORABLE = [
  'an interval of an hour is denied',
  'nor is what the executor of a Canary writes',
];
const KINDS: readonly string[] = ['Deployment', 'Canary'] satisfies SubjectKind[];

interface PolicyTest {
  readonly name: string;
  readonly callSite?: string;
  readonly object?: Tree;
  readonly params?: Tree;
  readonly namespaceObject?: { readonly metadata?: { readonly labels?: Record<string, string> } };
  readonly expect: {
    readonly verdict: string;
    readonly violations?: readonly { readonly message?: string }[];
  };
}

/** Tests of the shipped policies, as far as Kubernetes has words for the policy and what the test gives. */
export function shippedCases(first: number): VapCase[] {
  const found = readdirSync(FOLDER).flatMap((folder) => casesIn(folder));
  return found.map((each, index) => each(String(first + index).padStart(3, '0')));
}

function casesIn(folder: string): ((id: string) => VapCase)[] {
  const file = new URL(`${folder}/policy.yaml`, FOLDER);
  if (!existsSync(file)) return [];
  const { spec } = read(file) as { spec: Tree };
  const policy = inKubernetes(spec);
  if (policy === undefined) return [];
  const { tests } = read(new URL(`${folder}/tests.yaml`, FOLDER)) as { tests: PolicyTest[] };
  const usable = tests.filter(isUsable);
  const denied = usable.filter(({ expect }) => expect.verdict === 'deny').slice(0, MOST);
  const allowed = usable.filter(({ expect }) => expect.verdict === 'allow').slice(0, MOST);
  return [...denied, ...allowed].map((test) => (id) => shippedCase(folder, policy, test, id));
}

function read(file: URL): unknown {
  return load(readFileSync(file, 'utf8'), { schema: CORE_SCHEMA });
}

/** The policy in the words of ValidatingAdmissionPolicy; undefined when it says what those cannot. */
function inKubernetes(spec: Tree): Tree | undefined {
  const { evaluateAt = ['Admission'], validations = [] } = spec as {
    evaluateAt?: string[];
    validations?: Tree[];
  };
  const known = Object.entries(spec).filter(([field]) => FIELDS.includes(field));
  const plain = validations.map(({ expression, message, messageExpression, reason }) =>
    Object.fromEntries(
      Object.entries({ expression, message, messageExpression, reason }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
  );
  const policy = { ...Object.fromEntries(known), validations: plain };
  const text = JSON.stringify(policy);
  const isWhole = plain.length > 0 && spec['mutations'] === undefined;
  if (!evaluateAt.includes('Admission') || !isWhole || OURS.test(text)) return undefined;
  const paramKind = { apiVersion: 'vap.sluice.test/v1', kind: 'ClusterLimit' };
  return text.includes('params') ? { ...policy, paramKind } : policy;
}

const UNDERSTOOD = new Set(['name', 'object', 'params', 'namespaceObject', 'callSite', 'expect']);

/** A creation at admission that is decided by the object, the namespace's labels and parameters. */
function isUsable(test: PolicyTest): boolean {
  const { callSite = 'Admission', object, expect } = test;
  const { verdict, violations = [] } = expect;
  return (
    Object.keys(test).every((key) => UNDERSTOOD.has(key)) &&
    callSite === 'Admission' &&
    !NOT_STORABLE.includes(test.name) &&
    KINDS.includes(String(object?.['kind'])) &&
    (verdict === 'deny' || (verdict === 'allow' && violations.length === 0))
  );
}

function shippedCase(folder: string, policy: Tree, test: PolicyTest, id: string): VapCase {
  const { name, object = {}, params, namespaceObject, expect } = test;
  const kind = object['kind'] as SubjectKind;
  const limit = { apiVersion: 'vap.sluice.test/v1', kind: 'ClusterLimit', ...params };
  const message = expect.violations?.[0]?.message;
  const raw = {
    name: `${folder}: ${name}`,
    kind,
    policy,
    object: completed(kind, object),
    namespaceLabels: namespaceObject?.metadata?.labels ?? {},
    ...(params === undefined
      ? {}
      : {
          params: [{ ...limit, metadata: { name: `shipped-${id}` } } as ApiObject],
          binding: { paramRef: { name: `shipped-${id}`, parameterNotFoundAction: 'Deny' } },
        }),
    verdict: expect.verdict as 'allow' | 'deny',
    ...(message === undefined ? {} : { message }),
  };
  return caseOf(raw, 'shipped', id);
}

/**
 * What a case changes of a valid object, so that it holds what the test's object says: those hold what policies look at,
 * and the API server wants the rest, too.
 */
function completed(kind: SubjectKind, object: Tree): Tree {
  const { metadata = {}, spec = {} } = object as { metadata?: Tree; spec?: Tree };
  const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== 'namespace'));
  if (kind === 'Canary') return { ...object, metadata: own };
  // The pods carry what the selector selects, and nothing is said of replicas but what the test says.
  const base = subject(kind) as unknown as { spec: { selector?: { matchLabels: Tree } } };
  const { selector } = base.spec;
  const labels = selector?.matchLabels ?? {};
  const whole = merged(spec, { selector, template: { metadata: { labels } } });
  return { ...object, metadata: own, spec: { replicas: null, ...whole } };
}
