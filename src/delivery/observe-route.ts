import { isClusterError } from '../domain/errors.ts';
import type { DeliveryConfig } from './config.ts';
import { problemOf, type Problem } from './problem.ts';
import { RouteKeeper, type JudgedRoute } from './route-keeper.ts';
import {
  ALL_TO_PRIMARY,
  type ReadObject,
  type RouteContext,
  type Router,
  type RouterOptions,
} from './router/types.ts';

/** The router's part of the executor's configuration. */
export function routerOptions(config: DeliveryConfig): RouterOptions {
  const { ingressClass, ingressAnnotationsPrefix } = config;
  return { ingressClass, ingressAnnotationsPrefix };
}

/**
 * What the live route says, and what keeps it from being right.
 * @param read reads one object within its time limit
 * @param keeper what was served before
 * @throws ClusterError when the weights cannot be known
 */
export async function observeRoute(
  router: Router,
  context: RouteContext,
  read: ReadObject,
  keeper = new RouteKeeper(),
): Promise<Pick<JudgedRoute, 'route' | 'context'> & { problem: Problem | undefined }> {
  const what = `route of ${context.names.canary}.${context.names.namespace}`;
  const objects = router.objects(context);
  const [checked, live] = await Promise.all([
    router
      .check(context, read)
      .catch((error: unknown) => problemOf(error, `parents of the ${what}`)),
    Promise.all(objects.map(({ type, key }) => read(type, key))).catch((error: unknown) => {
      // Where the resource is not served there is no route; any other failure leaves the weights unknown.
      if (isClusterError(error, 'NotFound')) return problemOf(error, what);
      throw error;
    }),
  ]);
  if (!('reason' in live)) {
    const { refusal, ...judged } = keeper.judge({ router, context, live, checked });
    return { ...judged, problem: checked ?? refusal };
  }
  const absent = { present: false, weights: ALL_TO_PRIMARY, drifted: false };
  return { route: absent, context, problem: checked ?? live };
}
