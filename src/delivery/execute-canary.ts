import type { Canary, CanaryStatus } from '../domain/canary.ts';
import { keyOf } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { Execution } from './execution.ts';
import { FINALIZER } from './names.ts';

/** Writes the Canary's status, provided that nobody else has written the Canary since it was read. */
export async function writeCanaryStatus(execution: Execution, status: CanaryStatus): Promise<void> {
  const { deps, canary, signal } = execution;
  const next: Canary = { ...canary, status };
  execution.canary = await deps.client.replaceStatus(RESOURCES.canaries, next, { signal });
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
