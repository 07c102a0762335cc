import type { Schema } from './schema.ts';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly priority?: number;
}

/** One of our kinds, from which its CRD and its editor schema are made. */
export interface CustomResource {
  readonly plural: string;
  readonly kind: string;
  readonly shortName: string;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly description: string;
  /** Schemas of the top-level fields beside apiVersion, kind and metadata. */
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
  readonly columns: readonly PrinterColumn[];
}

const GROUP = 'sluice.dev';
const VERSION = 'v1alpha1';

/** The CustomResourceDefinition (apiextensions.k8s.io/v1) of a kind. */
export function customResourceDefinition(resource: CustomResource): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.kind.toLowerCase(),
        shortNames: [resource.shortName],
        categories: ['sluice'],
      },
      scope: resource.scope,
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: resource.columns,
          schema: { openAPIV3Schema: objectSchema(resource, { type: 'object' }) },
        },
      ],
    },
  };
}

/** A JSON Schema (draft 2020-12) of a kind for editors: as the CRD, and unknown fields are errors. */
export function editorSchema(resource: CustomResource): object {
  const metadata = {
    type: 'object',
    required: ['name'],
    properties: {
      name: { type: 'string', maxLength: 253 },
      namespace: { type: 'string', maxLength: 63 },
    },
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: resource.kind,
    ...closed(objectSchema(resource, metadata)),
    'x-kubernetes-group-version-kind': [{ group: GROUP, version: VERSION, kind: resource.kind }],
  };
}

function objectSchema(resource: CustomResource, metadata: object): object {
  return {
    type: 'object',
    description: resource.description,
    required: resource.required,
    properties: {
      apiVersion: { type: 'string', description: `${GROUP}/${VERSION}` },
      kind: { type: 'string', description: resource.kind },
      metadata,
      ...resource.properties,
    },
  };
}

/** Forbids unknown fields in every object that lists its fields, save metadata, and drops what only Kubernetes reads. */
function closed(schema: unknown, name = ''): object {
  if (Array.isArray(schema)) return schema.map((item) => nested(item, name) as object);
  const entries = Object.entries(schema as Record<string, unknown>)
    .filter(([key]) => !key.startsWith('x-kubernetes-'))
    .map(([key, value]) => [key, nested(value, key)] as const);
  const result: Record<string, unknown> = Object.fromEntries(entries);
  const properties = result['properties'];
  const isSchemaWithFields = name !== 'properties' && typeof properties === 'object';
  if (isSchemaWithFields && name !== 'metadata') result['additionalProperties'] = false;
  return result;
}

function nested(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? closed(value, name) : value;
}
