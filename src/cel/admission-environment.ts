import { environment, type Environment } from './base-environment.ts';
import { LIBRARIES } from './libraries/index.ts';
import {
  BOOL,
  DYN,
  INT,
  STRING,
  TIMESTAMP,
  listOf,
  mapOf,
  opaque,
  struct,
  type CelType,
  type StructType,
} from './types.ts';

/** What shapes the environment of an admission expression. */
export interface AdmissionOptions {
  /** Whether `params` is declared. */
  readonly hasParams: boolean;
  /** Whether `authorizer` is declared (not in messageExpressions). */
  readonly hasAuthorizer: boolean;
  /** Types of `variables.NAME`; absent: `variables` is not declared. Use DYN for a variable that does not compile. */
  readonly variables?: Readonly<Record<string, CelType>>;
  /** Declares `JSONPatch`, `Object…` and `jsonpatch.escapeKey`. */
  readonly hasPatchTypes?: boolean;
  /** Declares Sluice's own `now` and `rollout`. Default true. */
  readonly hasSluiceVariables?: boolean;
  /** Types of variables that are otherwise dyn, for type checking. */
  readonly types?: Readonly<
    Partial<Record<'object' | 'oldObject' | 'params' | 'rollout', CelType>>
  >;
  readonly mode?: 'new' | 'stored';
  readonly version?: string;
}

const kind: StructType = {
  name: 'kubernetes.GroupVersionKind',
  fields: { group: STRING, version: STRING, kind: STRING },
};
const resource: StructType = {
  name: 'kubernetes.GroupVersionResource',
  fields: { group: STRING, version: STRING, resource: STRING },
};
export const userInfo: StructType = {
  name: 'kubernetes.UserInfo',
  fields: {
    username: STRING,
    uid: STRING,
    groups: listOf(STRING),
    extra: mapOf(STRING, listOf(STRING)),
  },
};
const request: StructType = {
  name: 'kubernetes.AdmissionRequest',
  fields: {
    kind: struct(kind),
    resource: struct(resource),
    subResource: STRING,
    requestKind: struct(kind),
    requestResource: struct(resource),
    requestSubResource: STRING,
    name: STRING,
    namespace: STRING,
    operation: STRING,
    userInfo: struct(userInfo),
    dryRun: BOOL,
    options: DYN,
  },
};
const namespaceMetadata: StructType = {
  name: 'kubernetes.NamespaceMetadata',
  fields: {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: mapOf(STRING, STRING),
    annotations: mapOf(STRING, STRING),
    // Declared so in Kubernetes, although the object has it as `uid`.
    UID: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: listOf(STRING),
  },
};
const namespaceSpec: StructType = {
  name: 'kubernetes.NamespaceSpec',
  fields: { finalizers: listOf(STRING) },
};
const namespaceCondition: StructType = {
  name: 'kubernetes.NamespaceCondition',
  fields: {
    status: STRING,
    type: STRING,
    lastTransitionTime: TIMESTAMP,
    message: STRING,
    reason: STRING,
  },
};
const namespaceStatus: StructType = {
  name: 'kubernetes.NamespaceStatus',
  fields: { conditions: listOf(struct(namespaceCondition)), phase: STRING },
};
const namespace: StructType = {
  name: 'kubernetes.Namespace',
  fields: {
    metadata: struct(namespaceMetadata),
    spec: struct(namespaceSpec),
    status: struct(namespaceStatus),
  },
};

/** The types of `request` and `namespaceObject`, as Kubernetes 1.37 declares them. */
const STRUCTS: readonly StructType[] = [
  kind,
  resource,
  userInfo,
  request,
  namespaceMetadata,
  namespaceSpec,
  namespaceCondition,
  namespaceStatus,
  namespace,
];

export const JSON_PATCH: StructType = {
  name: 'JSONPatch',
  fields: { op: STRING, path: STRING, from: STRING, value: DYN },
};

const PATCH_LIBRARY = 'kubernetes.jsonpatch';
const WITHOUT_PATCH = LIBRARIES.filter(({ name }) => name !== PATCH_LIBRARY);

/** The environment of ValidatingAdmissionPolicy and MutatingAdmissionPolicy expressions. */
export function admissionEnvironment(options: AdmissionOptions): Environment {
  const { hasPatchTypes = false, mode, version, variables } = options;
  const fields = Object.entries(variables ?? {}).map(([name, type]) => [name, composedType(type)]);
  const composed: StructType = {
    name: 'kubernetes.variables',
    fields: Object.fromEntries(fields) as Readonly<Record<string, CelType>>,
  };
  return environment({
    variables: variablesOf(options, composed),
    libraries: hasPatchTypes ? LIBRARIES : WITHOUT_PATCH,
    structs: [...STRUCTS, composed, ...(hasPatchTypes ? [JSON_PATCH] : [])],
    ...(hasPatchTypes ? { findStruct: objectStruct } : {}),
    ...(mode === undefined ? {} : { mode }),
    ...(version === undefined ? {} : { version }),
  });
}

function variablesOf(options: AdmissionOptions, composed: StructType): Record<string, CelType> {
  const { object = DYN, oldObject = DYN, params = DYN, rollout = DYN } = options.types ?? {};
  return {
    object,
    oldObject,
    request: struct(request),
    namespaceObject: struct(namespace),
    ...(options.hasParams ? { params } : {}),
    ...(options.hasAuthorizer
      ? {
          authorizer: opaque('kubernetes.authorization.Authorizer'),
          'authorizer.requestResource': opaque('kubernetes.authorization.ResourceCheck'),
        }
      : {}),
    ...(options.variables === undefined ? {} : { variables: struct(composed) }),
    ...((options.hasSluiceVariables ?? true) ? { now: TIMESTAMP, rollout } : {}),
  };
}

/** `Object` and `Object.a.b`: types of apply configurations, with any field. */
function objectStruct(name: string): StructType | undefined {
  return name === 'Object' || name.startsWith('Object.')
    ? { name, fields: {}, anyField: DYN }
    : undefined;
}

/** Type of `variables.NAME`: Kubernetes keeps basic types, lists and maps of variables and takes the rest for dyn. */
function composedType(type: CelType): CelType {
  if (type.kind === 'primitive') return type;
  if (type.kind === 'list') return listOf(composedType(type.element));
  return type.kind === 'map' ? mapOf(composedType(type.key), composedType(type.value)) : DYN;
}
