import { RESOURCES } from '../../domain/resources.ts';
import type { Weights } from '../../domain/run.ts';
import { canaryIngressOf, ingressBackends, ingressName, type Ingress } from '../canary-ingress.ts';
import { canaryWeight, ingressMatchProblem } from '../canary-ingress-annotations.ts';
import type { ObjectWrite } from '../object-write.ts';
import type { Problem } from '../problem.ts';
import { sameObject } from '../route-metadata.ts';
import {
  ALL_TO_PRIMARY,
  type LiveObjects,
  type ReadObject,
  type RouteContext,
  type RouteObservation,
  type Router,
} from './types.ts';

/** ingress-nginx: a copy of the Canary's Ingress whose annotations carry the canary's share. */
export const router: Router = {
  providers: ['nginx'],
  capabilities: {
    weighted: true,
    mirror: false,
    mirrorsWeighted: false,
    match: true,
    affinity: false,
  },
  docs: {
    summary:
      'ingress-nginx: a copy of the Canary’s Ingress, whose annotations carry the share of the canary.',
    prerequisites: [
      'ingress-nginx, or a controller that understands its `canary` annotations.',
      'The Ingress that `spec.ingressRef` names, with a path to the apex Service.',
      'A Prometheus that has the controller’s metrics, for the builtin checks.',
    ],
    example: `apiVersion: flagger.app/v1beta1
kind: Canary
metadata: { name: podinfo, namespace: shop }
spec:
  provider: nginx
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: podinfo }
  ingressRef: { apiVersion: networking.k8s.io/v1, kind: Ingress, name: podinfo }
  service: { port: 80, targetPort: 9898 }
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
      - name: request-success-rate
        thresholdRange: { min: 99 }
        interval: 1m`,
    notes: [
      'The Ingress itself is never written; its copy follows it.',
      'A match is one header, by value or pattern, and one cookie.',
      '`--ingress-annotations-prefix` names another prefix than `nginx.ingress.kubernetes.io`.',
    ],
  },
  metricFamily: 'nginx',
  kinds: [RESOURCES.ingresses],
  objects: ({ canary, names: { namespace } }) => {
    const name = ingressName(canary);
    if (name === '') return [];
    return [name, `${name}-canary`].map((each) => ({
      type: RESOURCES.ingresses,
      key: { namespace, name: each },
    }));
  },
  check,
  observe,
  writes,
};

async function check(
  { canary, names }: RouteContext,
  read: ReadObject,
): Promise<Problem | undefined> {
  const name = ingressName(canary);
  if (name === '') {
    const message =
      'spec.ingressRef is missing; the provider nginx copies the Ingress that it names';
    return { reason: 'IngressRefMissing', message };
  }
  const unsupported = ingressMatchProblem(canary);
  if (unsupported !== undefined) return unsupported;
  const { namespace, apex } = names;
  const ingress = await read(RESOURCES.ingresses, { namespace, name });
  if (ingress === undefined) {
    return { reason: 'IngressMissing', message: `Ingress ${name}.${namespace} not found` };
  }
  if (ingressBackends(ingress as Ingress).includes(apex)) return undefined;
  const message = `Ingress ${name}.${namespace} has no path with the backend Service ${apex}`;
  return { reason: 'IngressBackendMissing', message };
}

function observe(live: LiveObjects, context: RouteContext): RouteObservation {
  const copy = live[1];
  if (copy === undefined) return { present: false, weights: ALL_TO_PRIMARY, drifted: false };
  const canary = canaryWeight(copy, context);
  const weights = { primary: 100 - canary, canary, mirrored: false };
  return { present: true, weights, drifted: writes(live, context, weights).length > 0 };
}

function writes(live: LiveObjects, context: RouteContext, weights: Weights): ObjectWrite[] {
  const [main, copy] = live as readonly (Ingress | undefined)[];
  const type = RESOURCES.ingresses;
  const object = canaryIngressOf({ main, copy }, context, weights.canary);
  if (object === undefined) return [];
  if (copy === undefined) return [{ op: 'create', type, object }];
  return sameObject(copy, object) ? [] : [{ op: 'replace', type, object }];
}
