import { Buffer } from 'node:buffer';
import { fieldsOf, isFields, textOf, textsOf, type Fields } from '../json.ts';
import type { ApiResource } from '../resource.ts';
import type { AdmissionAttributes } from '../server-context.ts';

const API_VERSION = 'admission.k8s.io/v1';

/** The AdmissionRequest without uid and objects: what match conditions see as `request`. */
export function requestOf(attributes: AdmissionAttributes, matched: ApiResource): Fields {
  const { resource, kind, subresource, name, namespace, operation, user, dryRun, options } =
    attributes;
  const isScale = kind.kind !== resource.kind;
  const seenKind = isScale ? kind : matched;
  const sub = subresource === '' ? {} : { subResource: subresource };
  return {
    kind: gvk(seenKind),
    resource: gvr(matched),
    ...sub,
    requestKind: gvk(kind),
    requestResource: gvr(resource),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === undefined ? namespaceItself(attributes) : { namespace }),
    operation,
    userInfo: user,
    dryRun,
    options,
  };
}

// The namespace of a request about a Namespace is that Namespace.
function namespaceItself({ resource, name }: AdmissionAttributes): Fields {
  return resource.storageKey === '/namespaces' && name !== '' ? { namespace: name } : {};
}

function gvk({ group, version, kind }: { group: string; version: string; kind: string }): Fields {
  return { group, version, kind };
}

function gvr({ group, version, plural }: ApiResource): Fields {
  return { group, version, resource: plural };
}

/** The body of the call: an AdmissionReview with the objects. */
export function reviewBody(
  uid: string,
  request: Fields,
  { object, oldObject }: { object: Fields | null; oldObject: Fields | null },
): string {
  const { dryRun, options, ...named } = request;
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: API_VERSION,
    request: { uid, ...named, object, oldObject, dryRun, options },
  });
}

/** What a webhook answered. */
export interface HookAnswer {
  readonly allowed: boolean;
  /** The `status` of a denial. */
  readonly status: Fields;
  /** The decoded JSON patch; undefined: none. */
  readonly patch: unknown;
  readonly warnings: readonly string[];
}

/**
 * Reads the answer of a webhook.
 * @throws Error that says what is wrong with it, in the words of kube-apiserver
 */
export function parseReview(body: string, uid: string): HookAnswer {
  const review = parsed(body);
  if (review['kind'] !== 'AdmissionReview' || review['apiVersion'] !== API_VERSION) {
    const got = `${textOf(review['apiVersion'])}, Kind=${textOf(review['kind'])}`;
    throw new Error(
      `received invalid webhook response: expected webhook response of ${API_VERSION}, Kind=AdmissionReview, got ${got}`,
    );
  }
  const response = review['response'];
  if (!isFields(response))
    throw new Error('received invalid webhook response: webhook response was absent');
  if (response['uid'] !== uid) {
    const got = JSON.stringify(textOf(response['uid']));
    throw new Error(
      `received invalid webhook response: expected response.uid=${JSON.stringify(uid)}, got ${got}`,
    );
  }
  return {
    allowed: response['allowed'] === true,
    status: fieldsOf(response['status']),
    patch: patchOf(response),
    warnings: textsOf(response['warnings']),
  };
}

function parsed(body: string): Fields {
  try {
    return fieldsOf(JSON.parse(body));
  } catch {
    throw new Error('received invalid webhook response: the body is not JSON');
  }
}

function patchOf(response: Fields): unknown {
  const { patch, patchType } = response;
  if (patch === undefined || patch === null || patch === '') return undefined;
  if (patchType !== 'JSONPatch') {
    throw new Error(
      `received invalid webhook response: webhook returned invalid response.patchType of ${JSON.stringify(patchType ?? '')}`,
    );
  }
  try {
    return JSON.parse(Buffer.from(textOf(patch), 'base64').toString('utf8')) as unknown;
  } catch {
    throw new Error('received invalid webhook response: response.patch is not base64 of JSON');
  }
}
