import type { Operation, RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import type {
  GroupVersionKind,
  GroupVersionResource,
  RequestFacts,
  UserInfo,
} from '../domain/decision.ts';
import { SluiceError } from '../domain/errors.ts';
import { apiVersionOf, parseApiVersion } from '../domain/object.ts';
import { isJsonArray, isJsonObject, parseLosslessJson, type Json } from '../lib/lossless-json.ts';
import type { CustomResource } from '../domain/schemas/custom-resource.ts';
import { rolloutPolicy, rolloutPolicyBinding } from '../domain/schemas/rollout-policy.ts';
import { pluralOf } from './plural.ts';
import { schemaIssues } from './schema-issues.ts';

/** A line of kind `policy` or `mutation`, merged with its fixture. */
export type CaseLine = Readonly<Record<string, Json>>;
type Members = Readonly<Record<string, Json>>;

/** What a case is about, read from its line; what is missing in `request` is derived from the object. */
export interface CaseInput {
  readonly request: RequestFacts;
  readonly object: Json;
  readonly oldObject: Json;
  /** Of the request; null when it has none or it is not known. */
  readonly namespaceObject: Json;
  readonly authorizer: Json;
  /** `params` as given; undefined when there are none. */
  readonly params: Json | undefined;
  /** What a `paramRef` may select. */
  readonly paramObjects: readonly Members[];
}

/** Reads a case. @throws SluiceError SLUICE_INPUT */
export function readCase(line: CaseLine): CaseInput {
  const object = document(line['object']);
  const oldObject = document(line['oldObject']);
  const request = requestOf(members(line['request'] ?? null), object, oldObject);
  const listed = items(line['paramObjects']).map(document);
  const params = Object.hasOwn(line, 'params') ? document(line['params']) : undefined;
  const namespaces = [
    document(line['namespaceObject']),
    ...items(line['namespaces']).map(document),
  ];
  const namespaceObject = namespaces.find(
    (each) => text(members(members(each)['metadata'])['name']) === request.namespace,
  );
  return {
    request,
    object,
    oldObject,
    namespaceObject: request.namespace === undefined ? null : (namespaceObject ?? null),
    authorizer: line['authorizer'] ?? null,
    params,
    paramObjects: (listed.length > 0 ? listed : [params ?? null]).filter(isJsonObject),
  };
}

/** A policy as given. @throws SluiceError SLUICE_INPUT */
export function readPolicy(value: Json | undefined): RolloutPolicy {
  const policy = document(value);
  if (!isJsonObject(policy) || !isJsonObject(policy['spec'])) {
    throw new SluiceError('SLUICE_INPUT', 'policy must be an object with a spec');
  }
  return wellTyped(policy, rolloutPolicy, 'policy') as unknown as RolloutPolicy;
}

/**
 * An object whose spec has the types of its schema; what is null is absent, as the API server takes it.
 * @throws SluiceError SLUICE_INPUT
 */
function wellTyped(object: Members, { properties }: CustomResource, what: string): Members {
  const spec = withoutNulls(object['spec'] ?? {});
  const schema = properties['spec'];
  const issues = schema === undefined ? [] : schemaIssues(schema, spec, 'spec');
  const wrong = issues.find(({ message }) => /^must be an? \w+, not /.test(message));
  if (wrong !== undefined) {
    throw new SluiceError('SLUICE_INPUT', `${what}: ${wrong.field} ${wrong.message}`);
  }
  const metadata = members(object['metadata']);
  return { ...object, metadata: { ...metadata, name: text(metadata['name']) }, spec };
}

function withoutNulls(value: Json): Json {
  if (isJsonArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(
    kept.map(([key, member]) => [key, key === 'params' ? member : withoutNulls(member)]),
  );
}

/** The bindings as given, or the one that stands in for none: called `b`, action Deny, the given `params`. */
export function readBindings(
  value: Json | undefined,
  policy: RolloutPolicy,
  params: Json | undefined,
): readonly RolloutPolicyBinding[] {
  const given = items(value).map((each) =>
    wellTyped(members(document(each)), rolloutPolicyBinding, 'binding'),
  );
  if (given.length > 0) return given as unknown as readonly RolloutPolicyBinding[];
  const metadata = members(members(params ?? null)['metadata']);
  const namespace = text(metadata['namespace']);
  const hasRef = policy.spec.paramKind !== undefined && isJsonObject(params);
  return [
    {
      apiVersion: policy.apiVersion,
      kind: `${policy.kind}Binding`,
      metadata: { name: 'b' },
      spec: {
        policyName: policy.metadata.name,
        validationActions: ['Deny'],
        ...(hasRef
          ? {
              paramRef: {
                name: text(metadata['name']),
                ...(namespace === '' ? {} : { namespace }),
                parameterNotFoundAction: 'Deny',
              },
            }
          : {}),
      },
    },
  ];
}

/** JSON, or JSON text inside a string; null when absent. */
function document(value: Json | undefined): Json {
  if (typeof value !== 'string') return value ?? null;
  if (value.trim() === '') return null;
  try {
    return document(parseLosslessJson(value));
  } catch {
    throw new SluiceError('SLUICE_INPUT', 'a field holds text that is not JSON');
  }
}

/** A request as given; what is missing is derived from the object. */
export function requestOf(given: Members, object: Json, oldObject: Json): RequestFacts {
  const main = members(object === null ? oldObject : object);
  const metadata = members(main['metadata']);
  const kind = kindOf(given['kind']) ?? {
    ...parseApiVersion(text(main['apiVersion'])),
    kind: text(main['kind']),
  };
  const resource = resourceOf(given['resource']) ?? {
    group: kind.group,
    version: kind.version,
    resource: pluralOf(apiVersionOf(kind), kind.kind),
  };
  const namespace = text(given['namespace']) || text(metadata['namespace']);
  return {
    kind,
    resource,
    requestKind: kindOf(given['requestKind']) ?? kind,
    requestResource: resourceOf(given['requestResource']) ?? resource,
    subResource: text(given['subResource']),
    name: text(given['name']) || text(metadata['name']),
    ...(namespace === '' ? {} : { namespace }),
    operation: operationOf(text(given['operation']), object, oldObject),
    userInfo: (given['userInfo'] ?? {}) as UserInfo,
    dryRun: given['dryRun'] === true,
    options: document(given['options']),
  };
}

function operationOf(given: string, object: Json, oldObject: Json): Operation {
  if (given !== '') return given as Operation;
  if (object !== null && oldObject !== null) return 'UPDATE';
  return object === null && oldObject !== null ? 'DELETE' : 'CREATE';
}

function kindOf(value: Json | undefined): GroupVersionKind | undefined {
  if (!isJsonObject(value)) return undefined;
  return {
    group: text(value['group']),
    version: text(value['version']),
    kind: text(value['kind']),
  };
}

function resourceOf(value: Json | undefined): GroupVersionResource | undefined {
  if (!isJsonObject(value)) return undefined;
  return {
    group: text(value['group']),
    version: text(value['version']),
    resource: text(value['resource']),
  };
}

function members(value: Json | undefined): Members {
  return isJsonObject(value) ? value : {};
}

function items(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : [];
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
