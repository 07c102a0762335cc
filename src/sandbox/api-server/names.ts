import { invalidField, requiredField, type Cause } from './api-error.ts';
import { fieldsOf, type Fields } from './json.ts';
import type { ApiObject } from './resource.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const ANNOTATION_BYTES = 256 * 1024;

// The texts are apimachinery's, so that kubectl shows what users know.
const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** What an object may be called: `label` up to 63 characters, `subdomain` up to 253, `path` anything without a slash. */
export type NameForm = 'label' | 'subdomain' | 'path';

/** Problems of a name; none when it is fine. */
export function nameProblems(name: string, form: NameForm, field: string): Cause[] {
  if (form === 'path') return pathProblems(name, field);
  const [pattern, text, limit] =
    form === 'label'
      ? ([LABEL, LABEL_TEXT, 63] as const)
      : ([SUBDOMAIN, SUBDOMAIN_TEXT, 253] as const);
  const causes: Cause[] = [];
  if (name.length > limit) {
    causes.push(invalidField(field, name, `must be no more than ${limit} characters`));
  }
  if (!pattern.test(name)) causes.push(invalidField(field, name, text));
  return causes;
}

function pathProblems(name: string, field: string): Cause[] {
  if (name === '.' || name === '..') return [invalidField(field, name, `may not be '${name}'`)];
  return /[/%]/.test(name) ? [invalidField(field, name, "may not contain '/' or '%'")] : [];
}

/** Problems of metadata that every kind has. */
export function metadataProblems(object: ApiObject, form: NameForm): Cause[] {
  const { name, labels, annotations, ownerReferences } = object.metadata;
  const causes =
    name === ''
      ? [requiredField('metadata.name', 'name or generateName is required')]
      : nameProblems(name, form, 'metadata.name');
  causes.push(...labelProblems(fieldsOf(labels), 'metadata.labels'));
  causes.push(...annotationProblems(fieldsOf(annotations)));
  causes.push(...finalizerProblems(object.metadata.finalizers ?? []));
  for (const [index, owner] of (ownerReferences ?? []).entries()) {
    const field = `metadata.ownerReferences[${index}]`;
    for (const key of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (fieldsOf(owner)[key] === undefined || owner[key] === '') {
        causes.push(requiredField(`${field}.${key}`, 'must not be empty'));
      }
    }
  }
  return causes;
}

const STANDARD_FINALIZERS = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function finalizerProblems(finalizers: readonly string[]): Cause[] {
  const field = 'metadata.finalizers';
  const unqualified = 'name is neither a standard finalizer name nor is it fully qualified';
  return finalizers.flatMap((name, index) => [
    ...qualifiedNameProblems(name, field),
    ...(name.includes('/') || name.includes('.') || STANDARD_FINALIZERS.has(name)
      ? []
      : [invalidField(`${field}[${index}]`, name, unqualified)]),
  ]);
}

/** Problems of a map of labels. */
export function labelProblems(labels: Fields, field: string): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key, field),
    ...(typeof value === 'string' && value.length <= 63 && LABEL_VALUE.test(value)
      ? []
      : [invalidField(field, value, LABEL_VALUE_TEXT)]),
  ]);
}

function annotationProblems(annotations: Fields): Cause[] {
  const field = 'metadata.annotations';
  const causes = Object.keys(annotations).flatMap((key) =>
    qualifiedNameProblems(key.toLowerCase(), field),
  );
  const size = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + key.length + (typeof value === 'string' ? value.length : 0),
    0,
  );
  if (size > ANNOTATION_BYTES) {
    const message = `Too long: may not be more than ${ANNOTATION_BYTES} bytes`;
    causes.push({ reason: 'FieldValueTooLong', message, field });
  }
  return causes;
}

function qualifiedNameProblems(key: string, field: string): Cause[] {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = slash < 0 ? key : key.slice(slash + 1);
  const causes: Cause[] = [];
  if (prefix !== undefined && !SUBDOMAIN.test(prefix)) {
    causes.push(invalidField(field, key, `prefix part ${SUBDOMAIN_TEXT}`));
  }
  if (name.length > 63 || !QUALIFIED_NAME.test(name)) {
    causes.push(invalidField(field, key, QUALIFIED_TEXT));
  }
  return causes;
}
