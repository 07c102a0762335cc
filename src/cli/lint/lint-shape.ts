import { CUSTOM_RESOURCES } from '../../domain/schemas/custom-resources.ts';
import { closest } from '../../lib/closest.ts';
import type { Json } from '../../lib/lossless-json.ts';
import { isBinding, isPolicy } from '../../policy/policy-set.ts';
import { schemaIssues } from '../../policy/schema-issues.ts';
import { bindingIssues, specIssues } from '../../policy/spec-issues.ts';
import { identityOf, type LintObject, type ObjectFinding } from './finding.ts';
import type { LintCode } from './rules.ts';

const OWN_GROUP = 'sluice.dev';
const OWN_VERSION = `${OWN_GROUP}/v1alpha1`;
const KUBERNETES_VERSION = /^admissionregistration\.k8s\.io\/v1(?:beta1|alpha1)?$/;
/** Files of ours that are not stored in a cluster. */
const FILE_KINDS = new Set(['Config']);
const TOP_LEVEL = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const KINDS = new Map(CUSTOM_RESOURCES.map((resource) => [resource.kind, resource]));

/** Whether lint has something to say about an object at all. */
export function isLinted({ value }: LintObject): boolean {
  const { apiVersion, kind } = identityOf(value);
  if (FILE_KINDS.has(kind)) return false;
  return (
    apiVersion.startsWith(`${OWN_GROUP}/`) || KINDS.has(kind) || isPolicy(value) || isBinding(value)
  );
}

/** What is wrong with the kind, name and fields of an object; its expressions aside. */
export function lintShape(object: LintObject): readonly ObjectFinding[] {
  const wrongKind = lintKind(object);
  if (wrongKind.length > 0) return wrongKind;
  return [
    ...lintTopLevel(object),
    ...fieldIssues(object.value).map(({ field, message }): ObjectFinding => {
      const code = codeOf(message);
      return { code, message, object, field, part: code === 'SL1003' ? 'key' : 'value' };
    }),
  ];
}

function lintKind(object: LintObject): readonly ObjectFinding[] {
  const { apiVersion, kind } = identityOf(object.value);
  const isOurs = KINDS.has(kind);
  if (!isOurs && apiVersion.startsWith(`${OWN_GROUP}/`)) {
    const known = [...KINDS.keys()];
    const message = `unknown kind ${kind}; ${meant(kind, known)}known: ${known.join(', ')}`;
    return [{ code: 'SL1007', message, object, field: 'kind' }];
  }
  const fits = isOurs ? apiVersion === OWN_VERSION : KUBERNETES_VERSION.test(apiVersion);
  if (fits) return [];
  const wanted = isOurs ? OWN_VERSION : 'admissionregistration.k8s.io/v1';
  const message = `the apiVersion of ${kind} is ${wanted}, not ${apiVersion}`;
  return [{ code: 'SL1007', message, object, field: 'apiVersion' }];
}

function lintTopLevel(object: LintObject): readonly ObjectFinding[] {
  const found: ObjectFinding[] = Object.keys(object.value)
    .filter((key) => !TOP_LEVEL.includes(key))
    .map((key) => {
      const message = `unknown field; ${meant(key, TOP_LEVEL)}known: ${TOP_LEVEL.join(', ')}`;
      return { code: 'SL1003', message, object, field: key, part: 'key' };
    });
  const { name } = identityOf(object.value);
  if (name.length > 253 || (name !== '' && !OBJECT_NAME.test(name))) {
    const message = 'must consist of lower case letters, digits, - and .';
    found.push({ code: 'SL1006', message, object, field: 'metadata.name' });
  }
  return found;
}

interface FieldIssue {
  readonly field: string;
  readonly message: string;
}

function fieldIssues(value: Readonly<Record<string, Json>>): readonly FieldIssue[] {
  if (isPolicy(value)) return specIssues(value);
  if (isBinding(value)) return bindingIssues(value);
  const schema = KINDS.get(identityOf(value).kind)?.properties['spec'];
  return schema === undefined ? [] : schemaIssues(schema, value['spec'] ?? null, 'spec');
}

function codeOf(message: string): LintCode {
  if (message.startsWith('unknown field')) return 'SL1003';
  if (/^must be (?:an? \w+), not /.test(message)) return 'SL1004';
  if (message === 'is required') return 'SL1005';
  return message === 'Deny, Hold and Warn exclude each other' ? 'SL5003' : 'SL1006';
}

function meant(name: string, known: readonly string[]): string {
  const candidate = closest(name, known);
  return candidate === undefined ? '' : `did you mean ${candidate}? `;
}
