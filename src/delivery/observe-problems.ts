import type { Canary, CanaryPhase } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import { statusOf } from './canary-status.ts';
import type { DeliveryDeps } from './config.ts';
import { namesOf, type DeliveryNames } from './names.ts';
import { knownWorkload } from './plugins.ts';
import type { Problem } from './problem.ts';
import type { SelectorLabel, Workload } from './workload/types.ts';

/** What problems are about. */
export interface ProblemContext {
  readonly deps: DeliveryDeps;
  readonly canary: Canary;
  readonly names: DeliveryNames;
  readonly workload: Workload;
  readonly provider: string;
}

/** Longest label value and Service name of Kubernetes. */
const MAX_NAME = 63;

/** What is wrong with the target: shared, missing, unfit, or without a label to select its pods by. */
export function targetProblem(
  context: ProblemContext,
  target: KubeObject | undefined,
  selector: SelectorLabel | undefined,
): Problem | undefined {
  const { canary, names, deps, workload } = context;
  const name = `${canary.spec.targetRef.kind} ${names.target}.${names.namespace}`;
  const shared = sharedProblem(context, name) ?? providerProblem(context, name);
  if (shared !== undefined) return shared;
  if (target === undefined) return { reason: 'TargetMissing', message: `${name} not found` };
  const unfit = workload.problem?.(target, { names, canary }) ?? nameProblem(context, selector);
  if (unfit !== undefined) return unfit;
  if (selector !== undefined) return undefined;
  const known = deps.config.selectorLabels.join(', ');
  return {
    reason: 'SelectorLabelMissing',
    message: `${name}: spec.selector.matchLabels has none of the selector labels ${known}`,
  };
}

/** Two Canaries would undo each other's work: the older one has the target, and the Services of its name. */
function sharedProblem({ deps, canary, names }: ProblemContext, name: string): Problem | undefined {
  const others = elders(deps, canary);
  const rival = others.find((other) => isSameTarget(other, canary));
  if (rival !== undefined) {
    const message = `${name} is the target of the older Canary ${rival.metadata.name} already`;
    return { reason: 'TargetShared', message };
  }
  const neighbour = others.find((other) => namesOf(other).apex === names.apex);
  if (neighbour === undefined) return undefined;
  const message = `Service ${names.apex}.${names.namespace} belongs to the older Canary ${neighbour.metadata.name} already`;
  return { reason: 'ServiceShared', message };
}

/** The older Canaries of the namespace; known only with a cache of Canaries. */
function elders({ caches }: DeliveryDeps, canary: Canary): readonly Canary[] {
  if (caches?.canaries?.synced !== true) return [];
  const { namespace, uid } = canary.metadata;
  return caches.canaries
    .list()
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.uid !== uid)
    .filter((other) => ageOf(other) < ageOf(canary));
}

function isSameTarget({ spec: { targetRef } }: Canary, canary: Canary): boolean {
  const { kind, name, apiVersion } = canary.spec.targetRef;
  if (targetRef.kind !== kind || targetRef.name !== name) return false;
  // A Service of Knative and a core Service of one name are two targets.
  return knownWorkload(targetRef) === knownWorkload({ kind, name, apiVersion });
}

/** Sorts Canaries by their age, then by name. */
function ageOf({ metadata }: Canary): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
}

/** A kind that only one provider routes to. */
function providerProblem(
  { workload, provider }: ProblemContext,
  name: string,
): Problem | undefined {
  const wanted = workload.provider;
  if (wanted === undefined || wanted === provider) return undefined;
  const message = `${name} of ${workload.resource.group} needs the provider ${wanted}, not ${provider}`;
  return { reason: 'ProviderUnfit', message };
}

/** Names that are formed with a suffix must fit where they are used. */
function nameProblem(
  { workload, names }: ProblemContext,
  selector: SelectorLabel | undefined,
): Problem | undefined {
  const { pods, ownPrimary } = workload.capabilities;
  const formed: readonly (readonly [string, string])[] = [
    ...(pods
      ? ([
          ['Service', names.primaryService],
          [`value of the label ${selector?.key ?? ''}`, `${selector?.value ?? ''}-primary`],
        ] as const)
      : []),
    ...(ownPrimary && !pods ? ([['Service', names.primary]] as const) : []),
  ];
  const long = formed.find(([, text]) => text.length > MAX_NAME);
  if (long === undefined) return undefined;
  const message = `the ${long[0]} ${long[1]} would have ${long[1].length} characters, ${MAX_NAME} are allowed`;
  return { reason: 'NameTooLong', message };
}

const PRIMARY_EXPECTED: ReadonlySet<CanaryPhase> = new Set([
  'Initialized',
  'Waiting',
  'Progressing',
  'WaitingPromotion',
  'Succeeded',
  'Failed',
]);

/** A lost primary is made again only from the template that was promoted: any other would be an unchecked promotion. */
export function primaryProblem(
  { canary, names }: ProblemContext,
  target: { readonly revision: string } | undefined,
  primary: KubeObject | undefined,
): Problem | undefined {
  const status = statusOf(canary);
  if (primary !== undefined || target === undefined) return undefined;
  if (!PRIMARY_EXPECTED.has(status.phase)) return undefined;
  if (target.revision === status.lastPromotedSpec) return undefined;
  const name = `${canary.spec.targetRef.kind} ${names.primary}.${names.namespace}`;
  return {
    reason: 'PrimaryMissing',
    message: `${name} not found and the target is not the promoted revision; set the target back to it`,
  };
}
