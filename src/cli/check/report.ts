import type { Decision, UserInfo, Violation } from '../../domain/decision.ts';
import type { KindSchemas } from '../../domain/kind-schemas/kind-schemas.ts';
import type { KubeObject } from '../../domain/object.ts';
import type { Json } from '../../lib/lossless-json.ts';
import { decideAsking } from '../../policy/decide-asking.ts';
import { compileStoredPolicy } from '../../policy/compile.ts';
import { isAllowed } from '../../policy/message.ts';
import { offlineFacts, type OfflineWorld } from '../../policy/offline-facts.ts';
import { isBinding, isPolicy, type PolicySet } from '../../policy/policy-set.ts';
import { createSnapshot } from '../../policy/snapshot.ts';
import { governanceOfFiles, idleExceptions, type FileRules } from '../governance-objects.ts';
import type { ManifestObject } from '../manifests.ts';

/** How one object fared. */
export interface CheckedObject {
  readonly file: string;
  readonly line: number;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly decision: Decision;
}

/** What `sluice check` found. */
export interface CheckReport {
  readonly objects: readonly CheckedObject[];
  /** Policies without a binding: applied with Deny. */
  readonly unbound: readonly string[];
  /** Namespaces that selectors asked about and no file describes. */
  readonly unknownNamespaces: readonly string[];
  /** Exceptions that count for nothing, each with why. */
  readonly idleExceptions: readonly string[];
}

export interface CheckOptions {
  readonly namespace: string;
  readonly userInfo: UserInfo;
  /** RFC 3339. */
  readonly now: string;
  /** How exceptions among the objects are taken; absent: there are none. */
  readonly exceptions?: FileRules;
  /** Of the kinds that policies mutate. Default: those that are bundled. */
  readonly schemas?: KindSchemas;
}

/** What is checked, and what namespaces and parameters are looked up among. */
export interface CheckInputs {
  readonly subjects: readonly ManifestObject[];
  readonly known: readonly ManifestObject[];
}

/** Decides each object as if it were created now. Policies and bindings among them are not subjects. */
export function checkObjects(
  { subjects, known }: CheckInputs,
  policies: PolicySet,
  options: CheckOptions,
): CheckReport {
  const snapshot = createSnapshot(
    { ...policies, schemas: options.schemas },
    (policy) => policies.compiled.get(policy.metadata.name) ?? compileStoredPolicy(policy),
  );
  const objects = known.map(({ value }) => value as unknown as KubeObject);
  const excepting = objects.filter(({ kind }) => EXCEPTING.includes(kind));
  const world: OfflineWorld = { ...options, objects, ...excepted(excepting, options) };
  const checked = subjects
    .filter(({ value }) => !isPolicy(value) && !isBinding(value) && !isUngoverned(value))
    .map(({ file, line, value }): CheckedObject => {
      const facts = offlineFacts(snapshot, value, world);
      const { decision } = decideAsking(snapshot, facts, () => undefined);
      return {
        file,
        line,
        apiVersion: apiVersionOf(value),
        kind: facts.request.kind.kind,
        namespace: facts.request.namespace ?? '',
        name: facts.request.name,
        decision,
      };
    });
  return {
    objects: checked,
    unbound: policies.unbound,
    unknownNamespaces: selectsNamespaces(policies) ? unknownNamespaces(checked, objects) : [],
    idleExceptions:
      options.exceptions === undefined
        ? []
        : idleExceptions(excepting, options.exceptions, options.now),
  };
}

/** The kinds that make exceptions. */
const EXCEPTING: readonly string[] = ['PolicyException', 'Approval'];
/** Our kinds that policies are never asked about. */
const UNGOVERNED: readonly string[] = [...EXCEPTING, 'RolloutRun'];

function excepted(
  objects: readonly KubeObject[],
  { exceptions, now }: CheckOptions,
): Pick<OfflineWorld, 'exceptionsOf'> {
  if (exceptions === undefined || objects.length === 0) return {};
  const governance = governanceOfFiles(exceptions);
  return { exceptionsOf: (subject) => governance.exceptions(objects, subject, now) };
}

function isUngoverned(value: Readonly<Record<string, Json>>): boolean {
  const { kind } = value;
  return (
    apiVersionOf(value).startsWith('sluice.dev/') &&
    typeof kind === 'string' &&
    UNGOVERNED.includes(kind)
  );
}

function apiVersionOf(value: Readonly<Record<string, Json>>): string {
  return typeof value['apiVersion'] === 'string' ? value['apiVersion'] : '';
}

function selectsNamespaces({ policies, bindings }: PolicySet): boolean {
  return [
    ...policies.map(({ spec }) => spec.matchConstraints),
    ...bindings.map(({ spec }) => spec.matchResources),
  ].some((criteria) => criteria?.namespaceSelector !== undefined);
}

function unknownNamespaces(
  checked: readonly CheckedObject[],
  objects: readonly KubeObject[],
): readonly string[] {
  const known = new Set(
    objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name),
  );
  const used = new Set(checked.map(({ namespace }) => namespace));
  return [...used].filter((name) => name !== '' && !known.has(name)).sort();
}

/** `Kind namespace/name`. */
export function subjectOf({ kind, namespace, name }: CheckedObject): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

/** `policy/validation`, or the policy alone. */
export function ruleOf({ policy, validation }: Violation): string {
  return validation === '' ? policy : `${policy}/${validation}`;
}

/** `error` refuses the object, `warning` does not, `note` is only recorded. */
export function levelOf({ action }: Violation): 'error' | 'warning' | 'note' {
  if (action === 'Deny' || action === 'Hold') return 'error';
  return action === 'Warn' ? 'warning' : 'note';
}

export interface CheckSummary {
  readonly objects: number;
  readonly denied: number;
  readonly warned: number;
  readonly violations: number;
}

export function summaryOf({ objects }: CheckReport): CheckSummary {
  return {
    objects: objects.length,
    denied: objects.filter(({ decision }) => !isAllowed(decision)).length,
    warned: objects.filter(({ decision }) => decision.verdict === 'warn').length,
    violations: objects.reduce((sum, { decision }) => sum + decision.violations.length, 0),
  };
}

/** `2 objects, 1 denied, 0 with warnings`. */
export function summaryLine(report: CheckReport): string {
  const { objects, denied, warned } = summaryOf(report);
  return `${objects} ${objects === 1 ? 'object' : 'objects'}, ${denied} denied, ${warned} with warnings`;
}
