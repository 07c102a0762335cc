import { methodNotAllowed, notAcceptable, unknownResource } from './api-error.ts';
import { parseBody, type ApiAnswer, type ApiRequest } from './api-request.ts';
import {
  aggregatedDiscovery,
  aggregatedType,
  coreVersions,
  groupList,
  oneGroup,
  resourceList,
  VERSION,
} from './discovery.ts';
import type { Fields } from './json.ts';
import { openApiDocument, openApiIndex } from './openapi.ts';
import { handleResource } from './resource-handler.ts';
import type { ServerContext } from './server-context.ts';
import { checkAccess } from './authorize.ts';
import { answerVirtual, findVirtual } from './virtual-resources.ts';

/**
 * Answers a request.
 * @throws ApiError for everything that is not a success
 */
export async function route(context: ServerContext, request: ApiRequest): Promise<ApiAnswer> {
  const { target } = request;
  if (target.type === 'path') return routePath(context, request, target.segments);
  const { group, version, plural } = target;
  checkAccess(context.authorize, request, target);
  const resource = context.registry.find(group, version, plural);
  if (resource !== undefined) {
    return handleResource(context, request, { resource, target });
  }
  const virtual = findVirtual(group, version, plural);
  if (virtual === undefined) throw unknownResource();
  if (request.method !== 'POST') throw methodNotAllowed();
  return {
    status: 201,
    body: answerVirtual(virtual, parseBody(request), { ...context, user: request.user }),
  };
}

/** What stands for a path outside the resources that does not exist: text, as in Kubernetes. */
const NO_PAGE: ApiAnswer = {
  status: 404,
  body: '404 page not found\n',
  contentType: 'text/plain; charset=utf-8',
};

const HEALTH = new Set(['healthz', 'livez', 'readyz']);

function routePath(
  context: ServerContext,
  request: ApiRequest,
  segments: readonly string[],
): ApiAnswer {
  if (request.method !== 'GET') throw methodNotAllowed();
  const [root = ''] = segments;
  if (HEALTH.has(root)) return { status: 200, body: 'ok', contentType: 'text/plain' };
  if (root === 'version') return { status: 200, body: VERSION };
  if (root === 'openapi') return openApi(context, segments);
  if (root === 'api' || root === 'apis') {
    return segments.length === 1
      ? discoveryRoot(context, request, root)
      : discoveryOf(context, segments);
  }
  return NO_PAGE;
}

function discoveryOf(
  context: ServerContext,
  [root, first = '', second]: readonly string[],
): ApiAnswer {
  const resources = context.registry.all();
  if (root === 'api') return found(resourceList(resources, '', first));
  return found(
    second === undefined ? oneGroup(resources, first) : resourceList(resources, first, second),
  );
}

function discoveryRoot(context: ServerContext, request: ApiRequest, root: string): ApiAnswer {
  const resources = context.registry.all();
  const core = root === 'api';
  const contentType = aggregatedType(request.headers['accept']);
  if (contentType === undefined) {
    return { status: 200, body: core ? coreVersions() : groupList(resources) };
  }
  const version = contentType.includes('v=v2beta1') ? 'v2beta1' : 'v2';
  return { status: 200, body: aggregatedDiscovery(resources, { core, version }), contentType };
}

function openApi(context: ServerContext, [, version, ...rest]: readonly string[]): ApiAnswer {
  // kubectl falls back from the second version, which is protobuf for it, to the third.
  if (version === 'v2') throw notAcceptable([]);
  if (version !== 'v3') return NO_PAGE;
  const resources = context.registry.all();
  return rest.length === 0
    ? { status: 200, body: openApiIndex(resources) }
    : found(openApiDocument(resources, rest.join('/')));
}

function found(body: Fields | undefined): ApiAnswer {
  return body === undefined ? NO_PAGE : { status: 200, body };
}
