import { ClusterError, isClusterError } from '../domain/errors.ts';
import type { DeliveryConfig } from './config.ts';
import { ProblemError, problemOfClusterError, type Problem } from './problem.ts';
import {
  ALL_TO_PRIMARY,
  type ReadObject,
  type RouteContext,
  type RouteObservation,
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
 * @throws ClusterError when the weights cannot be known
 */
export async function observeRoute(
  router: Router,
  context: RouteContext,
  read: ReadObject,
): Promise<{ route: RouteObservation; problem: Problem | undefined }> {
  const what = `route of ${context.names.canary}.${context.names.namespace}`;
  const objects = router.objects(context);
  const [checked, live] = await Promise.all([
    router
      .check(context, read)
      .catch((error: unknown) => asProblem(error, `parents of the ${what}`)),
    Promise.all(objects.map(({ type, key }) => read(type, key))).catch((error: unknown) => {
      // Where the resource is not served there is no route; any other failure leaves the weights unknown.
      if (isClusterError(error, 'NotFound')) return asProblem(error, what);
      throw error;
    }),
  ]);
  if (!('reason' in live)) return { route: router.observe(live, context), problem: checked };
  const absent = { present: false, weights: ALL_TO_PRIMARY, drifted: false };
  return { route: absent, problem: checked ?? live };
}

function asProblem(error: unknown, what: string): Problem {
  if (error instanceof ProblemError) return error.problem;
  // What may pass by itself is tried again soon, and leaves no condition.
  if (!(error instanceof ClusterError) || error.retryable) throw error;
  const problem = problemOfClusterError(error, what);
  if (problem === undefined) throw error;
  return problem;
}
