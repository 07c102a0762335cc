import { builtinType, typeNameOf } from '../../domain/builtin-types/builtin-types.ts';
import { digestOf } from '../../lib/canonical-json.ts';
import type { Json } from '../../lib/lossless-json.ts';
import { fieldsOf, isFields, type Fields } from './json.ts';
import type { ApiResource } from './resource.ts';

/** `/openapi/v3`: where the document of each group and version is; its address changes with its content. */
export function openApiIndex(resources: readonly ApiResource[]): Fields {
  const served = Map.groupBy(resources, documentPath);
  const paths = [...served].map(([path, kinds]) => {
    const hash = digestOf(kinds.map(({ plural, schema }) => [plural, schemaDigest(schema)]));
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
  });
  return { paths: Object.fromEntries(paths) };
}

const digests = new WeakMap<Fields, string>();

/** Builtin types never change, and may hold themselves: their name says it all. */
function schemaDigest(schema: Fields): string {
  const name = typeNameOf(schema);
  if (name !== undefined) return name;
  const known = digests.get(schema) ?? digestOf(schema as Readonly<Record<string, Json>>);
  digests.set(schema, known);
  return known;
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
  const types = new Map<string, Fields>();
  const kinds = served.map(
    (resource) => [schemaName(resource), publishedSchema(resource, types)] as const,
  );
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.37.0' },
    paths: Object.assign({}, ...served.map(pathsOf)) as Fields,
    components: { schemas: Object.fromEntries([...types, ...kinds]) as Fields },
  };
}

function schemaName({ group, version, kind }: ApiResource): string {
  const domain = group === '' ? 'core' : group;
  return `${domain.split('.').reverse().join('.')}.${version}.${kind}`;
}

/** @param types collects the types that the schema refers to, by their names in the document */
function publishedSchema(resource: ApiResource, types: Map<string, Fields>): Fields {
  const { group, version, kind } = resource;
  const schema = published(resource.schema, types);
  const properties = fieldsOf(schema['properties']);
  return {
    ...schema,
    properties: {
      ...properties,
      apiVersion: { type: 'string', description: 'Group and version of the object.' },
      kind: { type: 'string', description: 'Kind of the object.' },
      metadata: reference(builtinType('ObjectMeta') ?? {}, types),
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  };
}

/** A schema in the form that Kubernetes publishes: int-or-string as oneOf of its types. */
function published(schema: Fields, types: Map<string, Fields>): Fields {
  const result: Fields = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties') {
      result[key] = Object.fromEntries(
        Object.entries(fieldsOf(value)).map(([name, inner]) => [
          name,
          reference(fieldsOf(inner), types),
        ]),
      );
    } else if ((key === 'items' || key === 'additionalProperties') && isFields(value)) {
      result[key] = reference(value, types);
    } else result[key] = value;
  }
  if (schema['x-kubernetes-int-or-string'] === true) {
    delete result['anyOf'];
    result['oneOf'] = [{ type: 'integer' }, { type: 'string' }];
  }
  return result;
}

const FORMAT_TYPES: Readonly<Record<string, string>> = {
  quantity: 'Quantity',
  'int-or-string': 'IntOrString',
};

/** A type of the builtin kinds is published once and referred to, everything else where it stands. */
function reference(schema: Fields, types: Map<string, Fields>): Fields {
  const name = typeNameOf(schema) ?? FORMAT_TYPES[String(schema['format'])];
  if (name === undefined) return published(schema, types);
  const key = `io.k8s.api.${name}`;
  if (!types.has(key)) {
    // A type may hold itself.
    types.set(key, {});
    types.set(key, published(schema, types));
  }
  return { allOf: [{ $ref: `#/components/schemas/${key}` }] };
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
