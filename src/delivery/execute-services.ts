import { RESOURCES } from '../domain/resources.ts';
import type { Execution } from './execution.ts';
import { repairedService, servicesOf, type Service } from './services.ts';

/**
 * Creates or repairs the Canary's Services.
 * @param apex whether the apex too, which moves clients from the target to the primary
 * @returns false when the target does not say which pods to select
 */
export async function ensureServices(execution: Execution, apex: boolean): Promise<boolean> {
  const { canary, scene } = execution;
  const { observation, selector, workload } = scene;
  if (observation.target === undefined || selector === undefined) return false;
  const template = workload.template(observation.target.object);
  const wanted = servicesOf(canary, observation.names, selector, template);
  await ensure(execution, wanted.canary);
  await ensure(execution, wanted.primary);
  if (apex) await ensure(execution, wanted.apex);
  return true;
}

async function ensure({ deps, canary, signal }: Execution, wanted: Service): Promise<void> {
  const { name, namespace = 'default' } = wanted.metadata;
  const options = { signal };
  const live = await deps.client.get<Service>(RESOURCES.services, { namespace, name }, options);
  if (live === undefined) {
    await deps.client.create(RESOURCES.services, wanted, options);
    return;
  }
  const repaired = repairedService(live, wanted, canary);
  if (repaired !== undefined) await deps.client.replace(RESOURCES.services, repaired, options);
}
