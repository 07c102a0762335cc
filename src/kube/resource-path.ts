import { ClusterError } from '../domain/errors.ts';
import type { ResourceType } from '../domain/object.ts';

/** What a path names: a collection when `name` is absent, all namespaces when `namespace` is. */
export interface PathTarget {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * The request path of a resource, as the Kubernetes API lays it out, with its query.
 * @throws ClusterError BadRequest when a name cannot be part of a path, or an object of a namespaced type has no
 *   namespace
 */
export function resourcePath(type: ResourceType, target: PathTarget, query: Query = {}): string {
  const parts = type.group === '' ? ['api', type.version] : ['apis', type.group, type.version];
  if (type.namespaced && target.namespace !== undefined) {
    parts.push('namespaces', segment(type, target.namespace));
  } else if (type.namespaced && target.name !== undefined) {
    throw new ClusterError('BadRequest', `${type.plural}: a namespace is required`);
  }
  parts.push(type.plural);
  if (target.name !== undefined) parts.push(segment(type, target.name));
  if (target.subresource !== undefined) parts.push(target.subresource);
  return `/${parts.join('/')}${queryText(query)}`;
}

function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(key, String(value));
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

// The rules of the API server's own path segment validation: such a name would reach another path.
function segment(type: ResourceType, name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/%]/.test(name)) {
    throw new ClusterError('BadRequest', `${type.plural}: a name is empty or not usable in a path`);
  }
  return encodeURIComponent(name);
}
