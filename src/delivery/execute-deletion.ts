import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { Execution } from './execution.ts';
import { isOwnedBy } from './names.ts';
import { writeObjects, type ObjectWrite } from './object-write.ts';
import type { Service } from './service.ts';
import type { GeneratedService } from './workload/types.ts';

/**
 * Lets everything that leads to the primary lead to the target's pods instead, so that the primary can go: first the
 * Services, then what the router gives back to its owner. What the Canary owns goes with it; a Service or route that was
 * there before stays.
 */
export async function handBack(execution: Execution): Promise<void> {
  const { deps, scene, signal } = execution;
  await handBackServices(execution);
  if (scene.router.revert === undefined) return;
  const { canary } = execution;
  const context = { ...scene.routeContext, canary };
  const live = await Promise.all(
    scene.router.objects(context).map(({ type, key }) => deps.client.get(type, key, { signal })),
  );
  await writeObjects(deps.client, scene.router.revert(live, context), signal);
}

async function handBackServices(execution: Execution): Promise<void> {
  const { deps, scene, canary, signal } = execution;
  const { selector, workload } = scene;
  const { names, target, primary } = scene.observation;
  if (target === undefined || selector === undefined) return;
  const { includeLabelPrefix } = deps.config;
  if (!workload.capabilities.pods) {
    if (primary === undefined || !workload.capabilities.ownPrimary) return;
    // A primary that is a Service leads where the target leads.
    const context = {
      canary,
      selector,
      includeLabelPrefix,
      configs: new Set<string>(),
      rolloutId: '',
    };
    const writes = workload.promotePrimary(primary.object, target.object, context);
    await writeObjects(deps.client, writes, signal);
    return;
  }
  for (const generated of workload.services(target.object, { canary, names, selector })) {
    if (generated.role === 'canary') continue;
    await writeObjects(deps.client, await redirected(execution, generated), signal);
  }
}

/** The Service with the selector that it had before us, where somebody applied one, else with the target's label. */
async function redirected(
  { deps, scene, canary, signal }: Execution,
  { wanted }: GeneratedService,
): Promise<readonly ObjectWrite[]> {
  const { name, namespace = 'default' } = wanted.metadata;
  const type = RESOURCES.services;
  const live = await deps.client.get<Service>(type, { namespace, name }, { signal });
  if (live === undefined || scene.selector === undefined) return [];
  const { key, value } = scene.selector;
  const former = isOwnedBy(live, canary) ? undefined : appliedSelector(live);
  const selector = former ?? { ...live.spec.selector, [key]: value };
  const restored: Service = { ...live, spec: { ...live.spec, selector } };
  return [{ op: 'replace', type, object: restored }];
}

/** The selector that somebody applied with kubectl before we changed it. */
function appliedSelector(service: KubeObject): Record<string, string> | undefined {
  const text = service.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'];
  if (text === undefined) return undefined;
  try {
    const applied = JSON.parse(text) as { spec?: { selector?: Record<string, string> } } | null;
    return applied?.spec?.selector;
  } catch {
    return undefined;
  }
}
