import type { ResourceType } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';

/**
 * What keeps a resource from being watched, in words that say what to do.
 * @param problem as the reflector has it: `<ClusterErrorReason>: <message>`; undefined when nothing went wrong
 */
export function cacheProblem(type: ResourceType, problem: string | undefined): string {
  const resource = type.group === '' ? type.plural : `${type.plural}.${type.group}`;
  if (problem === undefined) return `${resource} not listed yet`;
  const reason = problem.split(':', 1)[0];
  switch (reason) {
    case 'NotFound':
      return `${resource} not known to the API server: ${remedyOf(type)}`;
    case 'Forbidden':
      return `${resource} may not be listed and watched: this ServiceAccount lacks ${rightOf(type)}`;
    case 'Unauthorized':
      return `${resource} cannot be listed: the API server does not accept these credentials`;
    default:
      return `${resource} cannot be listed: ${problem}`;
  }
}

/** ConfigMaps and kinds that Sluice has no use for are watched as parameters only. */
function rightOf({ group, plural }: ResourceType): string {
  const isOwn = Object.values(RESOURCES).some(
    (type) => type !== RESOURCES.configMaps && type.group === group && type.plural === plural,
  );
  return isOwn ? 'the ClusterRole of manifests/base' : 'the right that --param-kinds needs';
}

function remedyOf({ group }: ResourceType): string {
  if (group === 'flagger.app') return 'apply the output of `sluice crds --flagger`';
  if (group === 'sluice.dev') return 'apply the output of `sluice crds`';
  return 'its definition is not installed';
}
