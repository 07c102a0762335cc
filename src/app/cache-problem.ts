import type { ResourceType } from '../domain/object.ts';

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
      return `${resource} may not be listed and watched: this ServiceAccount lacks the ClusterRole of manifests/base`;
    case 'Unauthorized':
      return `${resource} cannot be listed: the API server does not accept these credentials`;
    default:
      return `${resource} cannot be listed: ${problem}`;
  }
}

function remedyOf({ group }: ResourceType): string {
  if (group === 'flagger.app') return 'apply the output of `sluice crds --flagger`';
  if (group === 'sluice.dev') return 'apply the output of `sluice crds`';
  return 'its definition is not installed';
}
