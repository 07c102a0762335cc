import { ClusterError, isClusterError } from '../domain/errors.ts';
import { keyOf, type KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { Action } from './action.ts';
import type { Execution } from './execution.ts';
import { writeObjects } from './object-write.ts';
import {
  previousNameOf,
  previousObject,
  readPrevious,
  restoredIdOf,
  surplusOf,
  withId,
} from './previous-revision.ts';
import { labelOf, SUBJECT_LABEL } from './runs.ts';

/** Actions on what a primary ran before. */
type PreviousAction = Extract<Action, { type: 'keepPrevious' | 'restorePrevious' }>;

export function isPreviousAction(action: Action): action is PreviousAction {
  return action.type === 'keepPrevious' || action.type === 'restorePrevious';
}

/** Keeps what the primary runs before a promotion, or gives it back. */
export function actOnPrevious(execution: Execution, { type }: PreviousAction): Promise<void> {
  return type === 'keepPrevious' ? keepPrevious(execution) : restorePrevious(execution);
}

/** Keeps what the primary runs before a promotion overwrites it; nothing for a primary of which no revision is known. */
async function keepPrevious(execution: Execution): Promise<void> {
  const { deps, scene, run, canary, signal } = execution;
  const { primary, names } = scene.observation;
  if (run === undefined || primary?.revision === undefined) return;
  if (!scene.workload.capabilities.pods || primary.revision === run.spec.revision) return;
  const template = scene.workload.template(primary.object);
  const { revision, configs = {} } = primary;
  const object = previousObject(canary, names, run, { revision, template, configs });
  try {
    await deps.client.create(RESOURCES.controllerRevisions, object, { signal });
  } catch (error) {
    // Kept before the process ended.
    if (!isClusterError(error, 'AlreadyExists')) throw error;
  }
  await prune(execution);
}

async function prune({ deps, scene, canary, signal }: Execution): Promise<void> {
  const { namespace, canary: name } = scene.observation.names;
  const labelSelector = `${SUBJECT_LABEL}=${labelOf(name)}`;
  const { items } = await deps.client.list<KubeObject>(RESOURCES.controllerRevisions, {
    namespace,
    labelSelector,
    signal,
  });
  for (const object of surplusOf(items, canary)) {
    const { uid } = object.metadata;
    const options = uid === undefined ? { signal } : { uid, signal };
    await deps.client.delete(RESOURCES.controllerRevisions, keyOf(object), options);
  }
}

/** Gives the primary back what it ran before the run was promoted. */
async function restorePrevious(execution: Execution): Promise<void> {
  const { deps, scene, run, canary, signal } = execution;
  const { primary, names } = scene.observation;
  if (run === undefined || primary === undefined) return;
  const key = { namespace: names.namespace, name: previousNameOf(names, run) };
  const kept = await deps.client.get(RESOURCES.controllerRevisions, key, { signal });
  const previous = readPrevious(kept, canary, primary);
  if (typeof previous === 'string') throw new ClusterError('Conflict', previous);
  const template = withId(previous.template, restoredIdOf(run));
  await writeObjects(deps.client, scene.workload.restorePrimary(primary.object, template), signal);
}
