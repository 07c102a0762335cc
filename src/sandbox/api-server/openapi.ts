import { fieldsOf, isFields, type Fields } from './json.ts';
import type { ApiResource } from './resource.ts';

/** `/openapi/v3`: where the document of each group and version is. */
export function openApiIndex(resources: readonly ApiResource[]): Fields {
  const paths: Fields = {};
  for (const resource of resources) {
    const path = documentPath(resource);
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}` };
  }
  return { paths };
}

function documentPath({ group, version }: { group: string; version: string }): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`;
}

/** The OpenAPI v3 document of one group and version; undefined when nothing is served there. */
export function openApiDocument(
  resources: readonly ApiResource[],
  path: string,
): Fields | undefined {
  const served = resources.filter((resource) => documentPath(resource) === path);
  if (served.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.37.0' },
    paths: Object.assign({}, ...served.map(pathsOf)) as Fields,
    components: {
      schemas: Object.fromEntries(
        served.map((resource) => [schemaName(resource), publishedSchema(resource)]),
      ),
    },
  };
}

function schemaName({ group, version, kind }: ApiResource): string {
  const domain = group === '' ? 'core' : group;
  return `${domain.split('.').reverse().join('.')}.${version}.${kind}`;
}

function publishedSchema(resource: ApiResource): Fields {
  const { group, version, kind } = resource;
  const schema = published(resource.schema);
  const properties = fieldsOf(schema['properties']);
  return {
    ...schema,
    properties: {
      ...properties,
      apiVersion: { type: 'string', description: 'Group and version of the object.' },
      kind: { type: 'string', description: 'Kind of the object.' },
      metadata: { type: 'object', description: 'Standard object metadata.' },
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}

/** A schema in the form that Kubernetes publishes: int-or-string as oneOf of its types. */
function published(schema: Fields): Fields {
  const result: Fields = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      result[key] = Object.fromEntries(
        Object.entries(fieldsOf(value)).map(([name, inner]) => [name, published(fieldsOf(inner))]),
      );
    } else if ((key === 'items' || key === 'additionalProperties') && isFields(value)) {
      result[key] = published(value);
    } else result[key] = value;
  }
  if (schema['x-kubernetes-int-or-string'] === true) {
    delete result['anyOf'];
    result['oneOf'] = [{ type: 'integer' }, { type: 'string' }];
  }
  return result;
}

function pathsOf(resource: ApiResource): Fields {
  const prefix = `/${documentPath(resource)}`;
  const collection = resource.namespaced
    ? `${prefix}/namespaces/{namespace}/${resource.plural}`
    : `${prefix}/${resource.plural}`;
  const one = `${collection}/{name}`;
  const writes = ['dryRun', 'fieldManager', 'fieldValidation'];
  const paths: Fields = {
    [collection]: {
      get: operation(resource, 'list', ['labelSelector', 'fieldSelector', 'limit', 'continue']),
      post: operation(resource, 'post', writes),
    },
    [one]: {
      get: operation(resource, 'get', []),
      put: operation(resource, 'put', writes),
      patch: operation(resource, 'patch', [...writes, 'force']),
      delete: operation(resource, 'delete', ['dryRun', 'propagationPolicy']),
    },
  };
  if (resource.hasStatus) {
    paths[`${one}/status`] = {
      get: operation(resource, 'get', []),
      put: operation(resource, 'put', writes),
      patch: operation(resource, 'patch', [...writes, 'force']),
    };
  }
  return paths;
}

function operation(resource: ApiResource, action: string, parameters: readonly string[]): Fields {
  const { group, version, kind } = resource;
  const schema = { $ref: `#/components/schemas/${schemaName(resource)}` };
  return {
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
    parameters: parameters.map((name) => ({
      name,
      in: 'query',
      schema: { type: name === 'force' ? 'boolean' : 'string', uniqueItems: true },
    })),
    responses: { 200: { description: 'OK', content: { 'application/json': { schema } } } },
  };
}
