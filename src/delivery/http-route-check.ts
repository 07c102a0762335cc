import { isClusterError } from '../domain/errors.ts';
import type { KubeObject, ResourceType } from '../domain/object.ts';
import { httpRouteOf, parentsOf, type RouteDialect } from './http-route.ts';
import type { ParentReference, RouteCondition } from './http-route-object.ts';
import { unroutableCors } from './http-route-filters.ts';
import { unroutableMatch } from './http-route-matches.ts';
import { missingFeature } from './http-route-support.ts';
import type { Problem } from './problem.ts';
import type { ReadObject, RouteContext } from './router/types.ts';

interface Gateway extends KubeObject {
  spec?: { gatewayClassName?: string };
  status?: { conditions?: RouteCondition[] };
}

interface GatewayClass extends KubeObject {
  status?: { supportedFeatures?: unknown[] };
}

/** What the Canary's spec lacks, cannot say in an HTTPRoute, or asks of a gateway that does not do it. */
export async function checkHttpRoute(
  dialect: RouteDialect,
  context: RouteContext,
  read: ReadObject,
): Promise<Problem | undefined> {
  const parents = parentsOf(context.canary);
  if (parents.length === 0) {
    return {
      reason: 'GatewayRefsMissing',
      message: `spec.service.gatewayRefs is empty; the provider ${dialect.provider} needs a parent for its route`,
    };
  }
  const unroutable = unroutablePart(dialect, context);
  if (unroutable !== undefined) return { reason: 'RouteUnsupported', message: unroutable };
  for (const parent of parents.filter(({ kind }) => kind === 'Gateway')) {
    const problem = await checkGateway(dialect, { context, parent }, read);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function unroutablePart(dialect: RouteDialect, { canary }: RouteContext): string | undefined {
  const { service } = canary.spec;
  const cors = dialect.cors && service !== undefined ? unroutableCors(service) : undefined;
  return unroutableMatch(canary) ?? cors;
}

async function checkGateway(
  dialect: RouteDialect,
  { context, parent }: { context: RouteContext; parent: ParentReference },
  read: ReadObject,
): Promise<Problem | undefined> {
  const key = { namespace: parent.namespace ?? context.names.namespace, name: parent.name };
  const shown = `Gateway ${key.name}.${key.namespace}`;
  const gateway = (await read(dialect.gateways, key)) as Gateway | undefined;
  if (gateway === undefined) {
    return { reason: 'GatewayMissing', message: `${shown} not found` };
  }
  if (isNotProgrammed(gateway)) {
    const message = `${shown} is not programmed: its data plane serves none of its listeners`;
    return { reason: 'GatewayNotProgrammed', message };
  }
  const { gatewayClassName = '' } = gateway.spec ?? {};
  const listed = await supportedFeatures(dialect, gatewayClassName, read);
  const feature = missingFeature(fullestRoute(dialect, context), listed);
  if (feature === undefined) return undefined;
  const message = `GatewayClass ${gatewayClassName} of ${shown} does not list the feature ${feature}, which the route needs`;
  return { reason: 'RouteUnsupported', message };
}

/** The route with all that a rollout may put into it. */
function fullestRoute(
  dialect: RouteDialect,
  context: RouteContext,
): ReturnType<typeof httpRouteOf> {
  const mirrored = context.canary.spec.analysis?.mirror === true;
  const cookies = { canary: 'a=a', primary: 'b=b', previous: 'a=a' };
  const weights = { primary: 50, canary: 50, mirrored };
  return httpRouteOf({ ...context, cookies }, dialect, weights);
}

function isNotProgrammed({ metadata, status }: Gateway): boolean {
  const { generation = 0 } = metadata;
  return (status?.conditions ?? []).some(
    ({ type, status: value, observedGeneration = generation }) =>
      type === 'Programmed' && value === 'False' && observedGeneration >= generation,
  );
}

/** Undefined where the class cannot be read: then the route's own status decides. */
async function supportedFeatures(
  { gateways }: RouteDialect,
  name: string,
  read: ReadObject,
): Promise<readonly unknown[] | undefined> {
  const classes: ResourceType = {
    ...gateways,
    plural: 'gatewayclasses',
    kind: 'GatewayClass',
    namespaced: false,
  };
  try {
    const found = (await read(classes, { name })) as GatewayClass | undefined;
    return found?.status?.supportedFeatures;
  } catch (error) {
    if (isClusterError(error, 'Forbidden') || isClusterError(error, 'NotFound')) return undefined;
    throw error;
  }
}
