import type { FenceRules } from '../admission/fence.ts';
import type { ReviewHandlerOptions } from '../admission/review-handler.ts';
import type { Config } from '../config/options.ts';
import { EXECUTOR_ANNOTATION } from '../delivery/executor-choice.ts';
import type { Canary, CanaryStatus } from '../domain/canary.ts';
import { RESOURCES } from '../domain/resources.ts';
import { decidesAtGates, type Parts } from './parts.ts';

/** What admission must know to protect Canaries and what they generate: the other Canaries, and one option. */
export function protectionOf({
  caches,
  config,
}: Pick<Parts, 'caches' | 'config'>): NonNullable<ReviewHandlerOptions['protection']> {
  const isShared = decidesAtGates(config);
  // A controller or gates in the same process have the same copy, whole; where the kind is not served there is nothing to know.
  const scope = isShared ? {} : { optional: true, transform: keepPlace };
  const canaries = caches.watch<Canary>(RESOURCES.canaries, scope);
  const isKnown = (namespace: string): boolean =>
    canaries.synced && (!isShared || config.namespace === '' || config.namespace === namespace);
  return {
    canaries: (namespace) =>
      isKnown(namespace)
        ? canaries.list().filter(({ metadata }) => metadata.namespace === namespace)
        : undefined,
    noCrossNamespaceRefs: config.noCrossNamespaceRefs,
    meshProvider: config.meshProvider,
    ...(config.namespace === '' ? {} : { namespace: config.namespace }),
    ...fenceOf(config),
  };
}

/** The fence as the configuration wants it; nothing when it is off. */
export function fenceOf({ fence, flaggerUsers, namespace }: Config): { fence?: FenceRules } {
  return fence === 'require' ? { fence: { flaggerUsers, namespace } } : {};
}

/** What is kept of a Canary for this: who it is, what it takes, and by whom it is run. */
export function keepPlace({ apiVersion, kind, metadata, spec, status }: Canary): Canary {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  const executor = metadata.annotations?.[EXECUTOR_ANNOTATION];
  const annotations = executor === undefined ? undefined : { [EXECUTOR_ANNOTATION]: executor };
  const known = {
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    deletionTimestamp,
    annotations,
  };
  const kept = Object.entries(known).filter(([, value]) => value !== undefined);
  const { targetRef, service } = spec;
  return {
    apiVersion,
    kind,
    metadata: { name, ...Object.fromEntries(kept) },
    spec: {
      targetRef,
      ...(service?.name === undefined
        ? {}
        : { service: { name: service.name, port: service.port } }),
    },
    ...(status === undefined ? {} : { status: keepDigest(status) }),
  };
}

function keepDigest({ phase, lastAppliedSpec = '' }: CanaryStatus): CanaryStatus {
  return { phase, lastAppliedSpec, failedChecks: 0, canaryWeight: 0, iterations: 0 };
}
