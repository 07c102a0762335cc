import type { UserInfo } from '../../domain/decision.ts';
import { ApiError } from './api-error.ts';
import type { ApiRequest } from './api-request.ts';
import { asksForWatch } from './list-options.ts';
import type { RequestTarget } from './request-path.ts';

/** What somebody wants to do, in the words of an access review. Empty parts are ''. */
export interface AccessAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whether a user may do it. */
export type Authorize = (user: UserInfo, attributes: AccessAttributes) => boolean;

/** The sandbox has no authorisation of its own. */
export const allowAll: Authorize = () => true;

const VERBS: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

type ResourceTarget = Extract<RequestTarget, { type: 'resource' }>;

/** @throws ApiError 403 in the words of kube-apiserver when the user may not */
export function checkAccess(
  authorize: Authorize,
  request: ApiRequest,
  target: ResourceTarget,
): void {
  const { user } = request;
  const attributes = {
    verb: verbOf(request, target),
    group: target.group,
    resource: target.plural,
    subresource: target.subresource ?? '',
    namespace: target.namespace ?? '',
    name: target.name ?? '',
  };
  // Everybody may ask what they may do.
  if (target.group === 'authorization.k8s.io' || target.group === 'authentication.k8s.io') return;
  if (authorize(user, attributes)) return;
  throw refusal(user, attributes);
}

function verbOf({ method, query }: ApiRequest, { name }: ResourceTarget): string {
  if (method === 'GET') {
    if (name !== undefined) return 'get';
    return asksForWatch(query) ? 'watch' : 'list';
  }
  const verb = VERBS[method] ?? method.toLowerCase();
  return verb === 'delete' && name === undefined ? 'deletecollection' : verb;
}

function refusal({ username = '' }: UserInfo, attributes: AccessAttributes): ApiError {
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const what = subresource === '' ? resource : `${resource}/${subresource}`;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const subject = name === '' ? qualified : `${qualified} "${name}"`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const text = `${subject} is forbidden: User "${username}" cannot ${verb} resource "${what}" in API group "${group}" ${where}`;
  return new ApiError(403, 'Forbidden', text, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  });
}
