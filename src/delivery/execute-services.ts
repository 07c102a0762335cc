import { RESOURCES } from '../domain/resources.ts';
import type { Execution } from './execution.ts';
import type { Service } from './service.ts';
import type { GeneratedService } from './workload/types.ts';

/**
 * Creates or repairs the Canary's Services.
 * @param apex whether the apex too, which moves clients from the target to the primary
 * @returns false when the target does not say which pods to select
 */
export async function ensureServices(execution: Execution, apex: boolean): Promise<boolean> {
  const { canary, scene } = execution;
  const { observation, selector, workload } = scene;
  if (observation.target === undefined || selector === undefined) return false;
  const { target, names } = observation;
  for (const generated of workload.services(target.object, { canary, names, selector })) {
    if (generated.role !== 'apex' || apex) await ensure(execution, generated);
  }
  return true;
}

async function ensure(
  { deps, signal }: Execution,
  { wanted, repair }: GeneratedService,
): Promise<void> {
  const { name, namespace = 'default' } = wanted.metadata;
  const options = { signal };
  const live = await deps.client.get<Service>(RESOURCES.services, { namespace, name }, options);
  if (live === undefined) {
    await deps.client.create(RESOURCES.services, wanted, options);
    return;
  }
  const repaired = repair(live);
  if (repaired !== undefined) await deps.client.replace(RESOURCES.services, repaired, options);
}
