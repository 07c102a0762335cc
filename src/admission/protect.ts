import { fenceProblem, type FenceRules } from './fence.ts';
import { isGeneratedByCanary, generatedIssues } from './protect-generated.ts';
import { canaryIssues, type CanarySurroundings } from './protect-canary.ts';
import type { OwnKindProblem } from './own-kinds.ts';
import { isOfSluice } from './protect-fields.ts';
import { statusWriteIssues } from './protect-status.ts';
import type { Review } from './review-codec.ts';

/** What the protection needs to know. */
export interface ProtectionChecks extends CanarySurroundings {
  /** Users that Sluice's executor writes as: nothing of this concerns them. */
  readonly executorUsernames: readonly string[];
  /** The one namespace whose Canaries Sluice runs; absent: it runs all of them. */
  readonly namespace?: string;
  /** What keeps Flagger from what Sluice runs; absent: nothing does. */
  readonly fence?: FenceRules;
}

/**
 * What speaks against a write that goes round the rollout, whatever policies say; undefined for anything else. Fields are
 * protected, not objects: autoscalers, meshes, `kubectl scale` and `kubectl rollout restart` go on working.
 */
export function protectionProblem(
  review: Review,
  checks: ProtectionChecks,
): OwnKindProblem | undefined {
  const { request } = review;
  const fenced = checks.fence && fenceProblem(review, checks.fence, checks);
  if (fenced !== undefined) return fenced;
  if (checks.executorUsernames.includes(request.userInfo.username ?? '')) return undefined;
  const { namespace = request.namespace } = checks;
  if (namespace !== request.namespace) return undefined;
  const messages = issuesOf(review, checks);
  if (messages.length === 0) return undefined;
  const about = `${request.resource.resource} ${request.name}`;
  return {
    code: 403,
    reason: 'Forbidden',
    messages: [`Sluice protects ${about}:`, ...messages.map((message) => `  ${message}`)],
  };
}

function issuesOf(review: Review, checks: ProtectionChecks): string[] {
  const { group, resource } = review.request.resource;
  if (group === 'flagger.app' && resource === 'canaries') {
    return (review.request.subResource ?? '') === 'status'
      ? statusIssues(review)
      : canaryIssues(review, checks);
  }
  if (isStatusOfCoreKind(review)) return statusWriteIssues(review.object, review.oldObject);
  return isGeneratedByCanary(review) ? generatedIssues(review, checks) : [];
}

/** Where Flagger runs a Canary its status is Flagger's. */
function statusIssues({ object, oldObject }: Review): string[] {
  return isOfSluice(object) || isOfSluice(oldObject)
    ? ['status: is written by Sluice only; it is its record of where the rollout stands']
    : [];
}

function isStatusOfCoreKind({ request }: Review): boolean {
  const { group, resource } = request.resource;
  const kind = `${group}/${resource}`;
  return (
    request.subResource === 'status' &&
    ['apps/deployments', '/services', 'networking.k8s.io/ingresses'].includes(kind)
  );
}
