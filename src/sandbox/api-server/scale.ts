import { invalid, invalidField } from './api-error.ts';
import { at, fieldsOf, isFields, textOf, type Fields, cloneJson } from './json.ts';
import type { ApiObject, ApiResource, ScalePaths } from './resource.ts';
import type { Lens } from './update.ts';

/** The Scale of a resource's objects; undefined when it has none. */
export function scaleLens(resource: ApiResource): Lens | undefined {
  const paths = resource.scale;
  if (paths === undefined) return undefined;
  return {
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    of: (object) => scaleOf(object, paths),
    into: (object, part) => withReplicas(object, part, paths),
  };
}

function scaleOf(object: ApiObject, paths: ScalePaths): ApiObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const scale = {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(object, paths.specReplicasPath) },
    status: {
      replicas: numberAt(object, paths.statusReplicasPath),
      ...selectorOf(object, paths),
    },
  };
  return JSON.parse(JSON.stringify(scale)) as ApiObject;
}

function selectorOf(object: ApiObject, paths: ScalePaths): Fields {
  const { labelSelectorPath } = paths;
  if (labelSelectorPath !== undefined) {
    return { selector: textOf(at(object, ...stepsOf(labelSelectorPath))) };
  }
  const labels = at(object, 'spec', 'selector', 'matchLabels');
  if (!isFields(labels)) return {};
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return { selector: pairs.sort().join(',') };
}

function withReplicas(object: ApiObject, part: ApiObject, paths: ScalePaths): ApiObject {
  const replicas = at(part, 'spec', 'replicas') ?? 0;
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    const subject = { group: 'autoscaling', plural: '', kind: 'Scale' };
    const text = 'must be greater than or equal to 0';
    throw invalid(subject, object.metadata.name, [invalidField('spec.replicas', replicas, text)]);
  }
  const copy = cloneJson(object);
  const steps = stepsOf(paths.specReplicasPath);
  const last = steps.pop() ?? '';
  let parent: Fields = copy;
  for (const step of steps) {
    const next = fieldsOf(parent[step]);
    parent[step] = next;
    parent = next;
  }
  parent[last] = replicas;
  const { resourceVersion } = part.metadata;
  if (resourceVersion === undefined) delete copy.metadata.resourceVersion;
  else copy.metadata.resourceVersion = resourceVersion;
  return copy;
}

function numberAt(object: ApiObject, path: string): number {
  const value = at(object, ...stepsOf(path));
  return typeof value === 'number' ? value : 0;
}

// The paths of a Scale are plain members: `.spec.replicas`.
function stepsOf(path: string): string[] {
  return path.split('.').filter((step) => step !== '');
}
