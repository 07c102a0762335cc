import { createHash } from 'node:crypto';
import { EXECUTOR_ANNOTATION, FLAGGER } from '../delivery/executor-choice.ts';
import { namesOf } from '../delivery/names.ts';
import type { Canary } from '../domain/canary.ts';
import type { Json } from '../lib/lossless-json.ts';
import { matchesUser } from './fence-users.ts';
import type { OwnKindProblem } from './own-kind-problem.ts';
import { canaryOwners, textAt } from './protect-fields.ts';
import type { CanarySurroundings } from './protect-canary.ts';
import type { Review } from './review-codec.ts';

/** Annotation of the Canary that is created as a dry run to learn whether the fence answers. */
export const PROBE_ANNOTATION = 'sluice.dev/fence-probe';
/** How the fence's answer to a probe begins; the digest of its configuration follows. */
export const PROBE_ANSWER = 'the fence answers ';

export interface FenceRules {
  /** Users that Flagger writes as; `*` stands for any namespace. */
  readonly flaggerUsers: readonly string[];
  /** The one namespace whose Canaries Sluice runs; '' means all. */
  readonly namespace: string;
}

/** Tells one configuration of the fence from another, so that executor and webhook mean the same. */
export function fenceDigest({ flaggerUsers, namespace }: FenceRules): string {
  const text = JSON.stringify([[...flaggerUsers].sort(), namespace]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/**
 * Keeps two executors apart: refuses what Flagger writes of a Canary that Sluice runs, and what Sluice's executor writes
 * of one that Flagger runs.
 * @returns undefined for everything else
 */
export function fenceProblem(
  review: Review,
  fence: FenceRules,
  surroundings: Pick<CanarySurroundings, 'canaries'> & {
    readonly executorUsernames: readonly string[];
  },
): OwnKindProblem | undefined {
  const { request } = review;
  if (isProbe(review)) return refused(`${PROBE_ANSWER}${fenceDigest(fence)}`);
  const { username = '' } = request.userInfo;
  const about = `${request.resource.resource} ${request.name}`;
  if (matchesUser(fence.flaggerUsers, username)) {
    return runsHere(review, fence, surroundings)
      ? refused(
          `Sluice runs the Canary of ${about}: Flagger may not write it. sluice handback gives it to Flagger`,
        )
      : undefined;
  }
  const isOurs = surroundings.executorUsernames.includes(username);
  return isOurs && isFlaggers(review, fence)
    ? refused(`Flagger runs the Canary of ${about}: Sluice may not write it`)
    : undefined;
}

function isProbe({ request, object }: Review): boolean {
  return (
    request.operation === 'CREATE' &&
    request.resource.resource === 'canaries' &&
    textAt(object, 'metadata', 'annotations', PROBE_ANNOTATION) !== ''
  );
}

function refused(message: string): OwnKindProblem {
  return { code: 403, reason: 'Forbidden', messages: [message] };
}

function isInScope({ namespace }: FenceRules, { request }: Review): boolean {
  return namespace === '' || request.namespace === undefined || request.namespace === namespace;
}

/** Whether the object belongs to a Canary that Sluice runs; also while the Canaries are not known yet. */
function runsHere(
  review: Review,
  fence: FenceRules,
  { canaries }: Pick<CanarySurroundings, 'canaries'>,
): boolean {
  if (!isInScope(fence, review)) return false;
  const { request, object, oldObject } = review;
  const before = oldObject ?? object;
  if (request.resource.group === 'flagger.app') return !isMarked(before);
  const known = canaries(request.namespace ?? '');
  if (known === undefined) return true;
  return known.some((canary) => concerns(canary, review) && !isMarkedCanary(canary));
}

/** Whether the object is the Canary's: it owns it, or it has one of the names that follow from it. */
function concerns(canary: Canary, { request, object, oldObject }: Review): boolean {
  const owners = [...canaryOwners(object), ...canaryOwners(oldObject)];
  if (owners.some(({ uid }) => uid === canary.metadata.uid)) return true;
  const { target, primary, apex, primaryService, canaryService } = namesOf(canary);
  return [target, primary, apex, primaryService, canaryService].includes(request.name);
}

function isFlaggers(review: Review, fence: FenceRules): boolean {
  if (!isInScope(fence, review)) return true;
  return review.request.resource.group === 'flagger.app' && isMarked(review.object);
}

function isMarked(canary: Json): boolean {
  return textAt(canary, 'metadata', 'annotations', EXECUTOR_ANNOTATION) === FLAGGER;
}

function isMarkedCanary({ metadata }: Canary): boolean {
  return metadata.annotations?.[EXECUTOR_ANNOTATION] === FLAGGER;
}
