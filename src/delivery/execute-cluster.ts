import { ClusterError } from '../domain/errors.ts';
import type { Weights } from '../domain/run.ts';
import type { Execution } from './execution.ts';
import { restoreCopies, writeCopies } from './execute-configs.ts';
import { setTargetScaler, writePrimaryScaler } from './execute-scaler.ts';
import { ownerOf } from './names.ts';
import { writeObjects, type ObjectWrite } from './object-write.ts';
import { firstIdOf } from './primary-identity.ts';
import type { PrimaryObservation, TargetObservation } from './observation.ts';
import { cookiesOf } from './session-affinity.ts';
import { raisesShare } from './shares.ts';
import type { PrimaryContext } from './workload/types.ts';

/** Creates the primary from the target as observed, or takes over the one that an earlier Canary left behind. */
export async function createPrimary(execution: Execution): Promise<void> {
  const { deps, scene, signal } = execution;
  if (scene.observation.primary !== undefined) return adoptPrimary(execution);
  const made = primaryContext(execution);
  if (made === undefined) return;
  await writeCopies(execution, made.target);
  const writes = scene.workload.createPrimary(made.target.object, made.context);
  await writeObjects(deps.client, writes, signal);
}

/** Makes the primary of an earlier Canary of the same name this one's, so that it goes on serving. */
async function adoptPrimary(execution: Execution): Promise<void> {
  const { deps, scene, canary, signal } = execution;
  const { primary } = scene.observation;
  if (primary === undefined) return;
  const metadata = { ...primary.object.metadata, ownerReferences: [ownerOf(canary)] };
  const adopted = { ...primary.object, metadata };
  await deps.client.replace(scene.workload.resource, adopted, { signal });
  await restoreCopies(execution);
}

/**
 * Copies the target's template to the primary; nothing when the primary has this revision.
 * @param revision the revision that was decided about: a target that has moved on is not promoted
 */
export async function promotePrimary(execution: Execution, revision: string): Promise<void> {
  const { deps, scene, signal } = execution;
  const { primary } = scene.observation;
  const made = primaryContext(execution);
  if (made?.target.revision !== revision) {
    throw new ClusterError('Conflict', 'the target changed before it was promoted');
  }
  if (primary === undefined) return createPrimary(execution);
  if (primary.revision === revision) return;
  await writePrimaryScaler(execution);
  await writeCopies(execution, made.target);
  const { object } = made.target;
  const writes = scene.workload.promotePrimary(primary.object, object, made.context);
  await writeObjects(deps.client, writes, signal);
}

/** Gives the primary back the pods that were promoted into it. */
export async function restorePrimary(execution: Execution): Promise<void> {
  const { deps, scene, signal } = execution;
  const { primary } = scene.observation;
  if (primary === undefined) return;
  await writeObjects(deps.client, restoration(execution, primary), signal);
}

function restoration(
  execution: Execution,
  { object, restore }: PrimaryObservation,
): readonly ObjectWrite[] {
  const { workload } = execution.scene;
  if (restore === undefined) return [];
  if (restore !== 'target') return workload.restorePrimary(object, restore.template);
  const made = primaryContext(execution);
  if (made === undefined) return [];
  const { target, context } = made;
  return workload.restorePrimary(object, { target: target.object, context });
}

function primaryContext(
  execution: Execution,
): { target: TargetObservation; context: PrimaryContext } | undefined {
  const { deps, scene, canary } = execution;
  const { target } = scene.observation;
  if (target === undefined || scene.selector === undefined) return undefined;
  const context: PrimaryContext = {
    canary,
    selector: scene.selector,
    includeLabelPrefix: deps.config.includeLabelPrefix,
    configs: new Set(Object.keys(target.configs ?? {})),
    rolloutId: rolloutIdFor(execution, target.revision),
  };
  return { target, context };
}

/** The id that the run recorded with its intent; a primary that is made without a rollout has one of its own. */
function rolloutIdFor({ run, canary }: Execution, revision: string): string {
  const promotes = run?.status?.promotes;
  return promotes?.revision === revision ? promotes.id : firstIdOf(canary, revision);
}

/** Sets the target's number of pods, unless it is not what was observed any more. */
export async function scaleTarget(execution: Execution, replicas: number): Promise<void> {
  const { deps, scene, signal } = execution;
  const { target } = scene.observation;
  if (target === undefined) return;
  await setTargetScaler(execution, replicas > 0);
  // Somebody else may have scaled it first: then the patch fails.
  await writeObjects(deps.client, scene.workload.scale(target.object, replicas), signal);
}

/** Makes the route carry these weights. */
export async function writeRoute(execution: Execution, weights: Weights): Promise<void> {
  const { deps, scene, canary, run, signal } = execution;
  const { router } = scene;
  const context = { ...scene.routeContext, canary, cookies: cookiesOf(canary, run) };
  const live = await Promise.all(
    router.objects(context).map(({ type, key }) => deps.client.get(type, key, { signal })),
  );
  const now = router.observe(live, context).weights;
  // Who lowers the share between the decision and the write means to keep it low: it is decided anew from there.
  if (raisesShare(now, weights) && raisesShare(now, scene.observation.route.weights)) {
    throw new ClusterError('Conflict', 'the share was lowered after it was observed');
  }
  const written = await writeObjects(deps.client, router.writes(live, context, weights), signal);
  if (!written) return;
  const { namespace, target } = scene.observation.names;
  deps.metrics?.weights({ namespace, target }, weights.primary, weights.canary);
}
