import { keyOf } from '../domain/object.ts';
import type { Execution } from './execution.ts';
import { writeObjects, type ObjectWrite } from './object-write.ts';
import { primaryScalerOf, primaryScalerWrites } from './primary-scaler.ts';

/** Makes the primary's scaler be what the target's says; a floor that a rollout put under it stays. */
export async function writePrimaryScaler(execution: Execution): Promise<void> {
  const { deps, scene, canary, run, signal } = execution;
  if (scene.scaler === undefined) return;
  const { scaler, target, primary: live } = scene.scaler;
  const context = { canary, names: scene.observation.names };
  const floor = scene.scaler.observation.isFloored === true ? run?.status?.floor : undefined;
  const wanted = primaryScalerOf(scaler, { target, live }, context, floor);
  await writeObjects(deps.client, primaryScalerWrites(scaler, live, wanted), signal);
}

/**
 * Sets the lower bound of the primary's scaler, as far as its upper one allows.
 * @param min pods, >= 0
 */
export async function boundPrimaryScaler(execution: Execution, min: number): Promise<void> {
  const { deps, scene, signal } = execution;
  if (scene.scaler?.primary === undefined) return;
  const { scaler, primary: live } = scene.scaler;
  const bounds = scaler.bounds(live);
  const wanted = Math.min(min, bounds.max);
  if (bounds.min === wanted) return;
  const object = scaler.withMin(live, wanted);
  await writeObjects(deps.client, [{ op: 'replace', type: scaler.resource, object }], signal);
}

/**
 * Keeps the target's scaler from scaling what is to have no pods, or lets it scale again.
 * @param active whether it may scale
 * @throws ClusterError Conflict when the scaler is not as observed
 */
export async function setTargetScaler(execution: Execution, active: boolean): Promise<void> {
  const { deps, scene, signal } = execution;
  if (scene.scaler === undefined) return;
  const { scaler, target } = scene.scaler;
  const body = active ? scaler.resumePatch(target) : scaler.pausePatch(target);
  if (body.length === 0) return;
  const write: ObjectWrite = { op: 'patch', type: scaler.resource, key: keyOf(target), body };
  await writeObjects(deps.client, [write], signal);
}
