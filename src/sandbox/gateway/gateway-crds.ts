import type { KubeObject } from '../../domain/object.ts';

type Schema = Readonly<Record<string, unknown>>;

const GROUP = 'gateway.networking.k8s.io';
const text: Schema = { type: 'string' };
const integer: Schema = { type: 'integer', format: 'int32' };
const open: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const list = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more });
const object = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  properties,
  ...(required.length === 0 ? {} : { required }),
});
const choice = (fallback: string, ...others: string[]): Schema => ({
  type: 'string',
  enum: [fallback, ...others],
  default: fallback,
});
const port: Schema = { ...integer, minimum: 1, maximum: 65_535 };

const condition = object(
  {
    type: text,
    status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
    reason: text,
    message: text,
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    lastTransitionTime: { type: 'string', format: 'date-time' },
  },
  ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
);

const parentReference = object(
  {
    group: { ...text, default: GROUP },
    kind: { ...text, default: 'Gateway' },
    namespace: text,
    name: text,
    sectionName: text,
    port,
  },
  ['name'],
);

const headers = list(object({ name: text, value: text }, ['name', 'value']));
const headerFilter = object({ set: headers, add: headers, remove: list(text) });
const backendReference = {
  group: { ...text, default: '' },
  kind: { ...text, default: 'Service' },
  namespace: text,
  name: text,
  port,
};
const filter = object(
  {
    type: text,
    requestHeaderModifier: headerFilter,
    responseHeaderModifier: headerFilter,
    requestMirror: {
      ...object({ backendRef: object(backendReference, ['name']) }, ['backendRef']),
      'x-kubernetes-preserve-unknown-fields': true,
    },
    requestRedirect: open,
    urlRewrite: open,
    cors: open,
    extensionRef: open,
  },
  ['type'],
);
const valueMatch = object({ type: choice('Exact', 'RegularExpression'), name: text, value: text }, [
  'name',
  'value',
]);
const everything = { path: { type: 'PathPrefix', value: '/' } };
const routeRule = {
  ...object({
    name: text,
    matches: list(
      object({
        path: {
          ...object({
            type: choice('PathPrefix', 'Exact', 'RegularExpression'),
            value: { ...text, default: '/' },
          }),
          default: everything.path,
        },
        method: text,
        headers: list(valueMatch),
        queryParams: list(valueMatch),
      }),
      { default: [everything] },
    ),
    filters: list(filter),
    timeouts: object({ request: text, backendRequest: text }),
    backendRefs: list(
      object(
        {
          ...backendReference,
          weight: { ...integer, minimum: 0, maximum: 1_000_000, default: 1 },
          filters: list(filter),
        },
        ['name'],
      ),
    ),
  }),
  'x-kubernetes-preserve-unknown-fields': true,
};

const httpRoute = object(
  {
    spec: object({
      parentRefs: list(parentReference),
      hostnames: list(text),
      rules: list(routeRule),
    }),
    status: object({
      parents: list(
        object({ parentRef: parentReference, controllerName: text, conditions: list(condition) }, [
          'parentRef',
          'controllerName',
        ]),
      ),
    }),
  },
  ['spec'],
);

const gateway = object(
  {
    spec: {
      ...object(
        {
          gatewayClassName: text,
          listeners: list({
            ...object({ name: text, port, protocol: text, hostname: text }, [
              'name',
              'port',
              'protocol',
            ]),
            'x-kubernetes-preserve-unknown-fields': true,
          }),
        },
        ['gatewayClassName', 'listeners'],
      ),
      'x-kubernetes-preserve-unknown-fields': true,
    },
    status: {
      ...object({
        addresses: list(object({ type: text, value: text }, ['value'])),
        conditions: list(condition),
      }),
      'x-kubernetes-preserve-unknown-fields': true,
    },
  },
  ['spec'],
);

const gatewayClass = object(
  {
    spec: {
      ...object({ controllerName: text, description: text }, ['controllerName']),
      'x-kubernetes-preserve-unknown-fields': true,
    },
    status: open,
  },
  ['spec'],
);

const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/**
 * CustomResourceDefinitions of the part of Gateway API v1 that the sandbox's gateway obeys, with the defaults of the
 * specification (gateway-api.sigs.k8s.io/reference/spec). Fields outside that part are kept where the API allows them.
 */
export const GATEWAY_CRDS: readonly KubeObject[] = [
  definition('GatewayClass', 'gatewayclasses', {
    scope: 'Cluster',
    shortNames: ['gc'],
    schema: gatewayClass,
    columns: [{ name: 'Controller', type: 'string', jsonPath: '.spec.controllerName' }, age],
  }),
  definition('Gateway', 'gateways', {
    scope: 'Namespaced',
    shortNames: ['gtw'],
    schema: gateway,
    columns: [
      { name: 'Class', type: 'string', jsonPath: '.spec.gatewayClassName' },
      { name: 'Address', type: 'string', jsonPath: '.status.addresses[*].value' },
      {
        name: 'Programmed',
        type: 'string',
        jsonPath: '.status.conditions[?(@.type=="Programmed")].status',
      },
      age,
    ],
  }),
  definition('HTTPRoute', 'httproutes', {
    scope: 'Namespaced',
    shortNames: [],
    schema: httpRoute,
    columns: [{ name: 'Hostnames', type: 'string', jsonPath: '.spec.hostnames' }, age],
  }),
];

interface DefinitionParts {
  readonly scope: 'Cluster' | 'Namespaced';
  readonly shortNames: readonly string[];
  readonly schema: Schema;
  readonly columns: readonly Schema[];
}

function definition(kind: string, plural: string, parts: DefinitionParts): KubeObject & Schema {
  const { scope, shortNames, schema, columns } = parts;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames,
        categories: ['gateway-api'],
      },
      scope,
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
        },
      ],
    },
  };
}
