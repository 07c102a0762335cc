import type { RequestFacts, UserInfo } from '../domain/decision.ts';
import type { ResourceQuestion } from './expression.ts';
import type { Json } from '../lib/lossless-json.ts';

/**
 * `request` as expressions see it: admission.k8s.io/v1 AdmissionRequest, whose empty optional fields are absent.
 */
export function requestJson(request: RequestFacts): Json {
  const { kind, resource, subResource = '', name, namespace = '', operation } = request;
  const requestSubResource = request.requestSubResource ?? subResource;
  return {
    uid: '',
    kind: { ...kind },
    resource: { ...resource },
    ...optional('subResource', subResource),
    requestKind: { ...(request.requestKind ?? kind) },
    requestResource: { ...(request.requestResource ?? resource) },
    ...optional('requestSubResource', requestSubResource),
    ...optional('name', name),
    ...optional('namespace', namespace),
    operation,
    userInfo: userInfoJson(request.userInfo),
    object: null,
    oldObject: null,
    dryRun: request.dryRun,
    options: request.options ?? null,
  };
}

function optional(key: string, value: string): Readonly<Record<string, string>> {
  return value === '' ? {} : { [key]: value };
}

/** A user whose empty fields are absent. */
function userInfoJson({ username = '', uid = '', groups = [], extra = {} }: UserInfo): Json {
  return {
    ...optional('username', username),
    ...optional('uid', uid),
    ...(groups.length === 0 ? {} : { groups }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

/** The resource of a request as authorization is asked about it; empty parts are left out. */
export function requestResource(request: RequestFacts): ResourceQuestion {
  const { resource, subResource = '', namespace = '', name } = request;
  return {
    group: resource.group,
    resource: resource.resource,
    ...optional('subresource', subResource),
    ...optional('namespace', namespace),
    ...optional('name', name),
  };
}
