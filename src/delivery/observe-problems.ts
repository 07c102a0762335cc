import type { Canary, CanaryPhase } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import { statusOf } from './canary-status.ts';
import type { DeliveryDeps } from './config.ts';
import type { DeliveryNames } from './names.ts';
import type { Problem } from './problem.ts';
import type { SelectorLabel, Workload } from './workload/types.ts';

/** What problems are about. */
export interface ProblemContext {
  readonly deps: DeliveryDeps;
  readonly canary: Canary;
  readonly names: DeliveryNames;
  readonly workload: Workload;
}

/** What is wrong with the target: shared, missing, or without a label to select its pods by. */
export function targetProblem(
  { canary, names, deps, workload }: ProblemContext,
  target: KubeObject | undefined,
  selector: SelectorLabel | undefined,
): Problem | undefined {
  const name = `${canary.spec.targetRef.kind} ${names.target}.${names.namespace}`;
  const rival = rivalOf(deps, canary);
  if (rival !== undefined) {
    const message = `${name} is the target of the older Canary ${rival.metadata.name} already`;
    return { reason: 'TargetShared', message };
  }
  if (target === undefined) return { reason: 'TargetMissing', message: `${name} not found` };
  const unfit = workload.problem?.(target, { names, canary });
  if (unfit !== undefined) return unfit;
  if (selector !== undefined) return undefined;
  const known = deps.config.selectorLabels.join(', ');
  return {
    reason: 'SelectorLabelMissing',
    message: `${name}: spec.selector.matchLabels has none of the selector labels ${known}`,
  };
}

/** The Canary that had the same target first; known only with a cache of Canaries. */
function rivalOf({ caches }: DeliveryDeps, canary: Canary): Canary | undefined {
  if (caches?.canaries?.synced !== true) return undefined;
  const { kind, name } = canary.spec.targetRef;
  const { namespace, uid } = canary.metadata;
  return caches.canaries
    .list()
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.uid !== uid)
    .filter(({ spec }) => spec.targetRef.kind === kind && spec.targetRef.name === name)
    .find((other) => ageOf(other) < ageOf(canary));
}

/** Sorts Canaries by their age, then by name. */
function ageOf({ metadata }: Canary): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
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
