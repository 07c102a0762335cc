import type { Canary, CanaryStatus } from '../domain/canary.ts';
import { keyOf } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { Execution } from './execution.ts';
import { FINALIZER } from './names.ts';
import type { Observation } from './observation.ts';

/** Writes the Canary's status, provided that nobody else has written the Canary since it was read. */
export async function writeCanaryStatus(execution: Execution, status: CanaryStatus): Promise<void> {
  const { deps, scene, canary, signal } = execution;
  const next: Canary = { ...canary, status: withTrackedConfigs(status, scene.observation) };
  execution.canary = await deps.client.replaceStatus(RESOURCES.canaries, next, { signal });
}

/** The digests of configs that belong to the revision which the status names, where it is one of those that are seen. */
function withTrackedConfigs(status: CanaryStatus, { target, primary }: Observation): CanaryStatus {
  const { lastAppliedSpec } = status;
  const found = [target, primary].find((each) => each?.revision === lastAppliedSpec);
  const trackedConfigs = found?.configs;
  return trackedConfigs === undefined ? status : { ...status, trackedConfigs };
}

/** Sets or takes away our finalizer; those of others stay. */
export async function setFinalizer(
  execution: Pick<Execution, 'deps' | 'canary' | 'signal'>,
  present: boolean,
): Promise<void> {
  const { deps, canary, signal } = execution;
  const others = (canary.metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
  const finalizers = present ? [...others, FINALIZER] : others;
  if (finalizers.length === (canary.metadata.finalizers ?? []).length) return;
  const { resourceVersion } = canary.metadata;
  // The version makes the patch fail when somebody else changed the list meanwhile.
  const metadata = resourceVersion === undefined ? { finalizers } : { finalizers, resourceVersion };
  const patch = { type: 'merge', body: { metadata } } as const;
  const patched = await deps.client.patch<Canary>(RESOURCES.canaries, keyOf(canary), patch, {
    signal,
  });
  execution.canary = patched;
}
