import { badRequest } from './api-error.ts';
import { at, textOf } from './json.ts';
import type { ApiObject, ApiResource } from './resource.ts';

type ObjectTest = (object: ApiObject) => boolean;

const EVERY_KIND = ['metadata.name', 'metadata.namespace'];

// The fields that the API server selects by, over those of every kind. Source: the ToSelectableFields functions of
// Kubernetes' registries.
const BY_STORAGE: Readonly<Record<string, readonly string[]>> = {
  '/events': [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  '/secrets': ['type'],
  '/namespaces': ['status.phase'],
  '/services': ['spec.clusterIP', 'spec.type'],
  'apps/replicasets': ['status.replicas'],
};

/**
 * Parses the `fieldSelector` query parameter (`metadata.name=a,status.phase!=Running`).
 * @throws ApiError 400 for a field by which this resource cannot be selected
 */
export function parseFieldQuery(text: string, resource: ApiResource): ObjectTest {
  const known = [...EVERY_KIND, ...(BY_STORAGE[resource.storageKey] ?? [])];
  const tests = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => requirement(part.trim(), known));
  return (object) => tests.every((test) => test(object));
}

function requirement(part: string, known: readonly string[]): ObjectTest {
  const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
  const [, field = '', operator, value = ''] = match ?? [];
  if (match === null) {
    throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
  }
  if (!known.includes(field)) {
    throw badRequest(
      known.length > EVERY_KIND.length
        ? `field label not supported: ${field}`
        : `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    );
  }
  const wanted = operator !== '!=';
  return (object) => (fieldText(object, field) === value) === wanted;
}

function fieldText(object: ApiObject, field: string): string {
  if (field === 'source') return textOf(at(object, 'source', 'component'));
  const value = at(object, ...field.split('.'));
  if (field === 'spec.hostNetwork') return String(value === true);
  return typeof value === 'number' ? String(value) : textOf(value);
}
