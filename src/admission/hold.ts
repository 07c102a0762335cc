import type { Decision, JsonPatchOperation, Violation } from '../domain/decision.ts';
import {
  deploymentRevision,
  GOOD_ANNOTATION,
  GOVERNED_LABEL,
  HELD_ANNOTATION,
  readGoodRevisions,
} from '../domain/governed-deployment.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { at, canaryOwners, textAt } from './protect-fields.ts';
import type { Review } from './review-codec.ts';

/** What the state of a Deployment must be after a write. */
interface WantedHold {
  /** The revision that waits; undefined: none does, and the annotation is absent. */
  readonly held: string | undefined;
  /** `spec.paused`; undefined: as submitted. */
  readonly paused: boolean | undefined;
  /** The annotation that the executor keeps; undefined: absent. */
  readonly good: string | undefined;
}

export interface HoldChecks {
  /** Whether a Canary has this Deployment as its target: then its rollout is the Canary's. */
  readonly isTarget: (namespace: string, name: string) => boolean;
  /** Whether the policies in force let the change in, and hold it until the gate RolloutStart opens. */
  readonly holds: boolean;
}

/** Whether a review is about something that can be held: a plain Deployment, not its subresources. */
export function isHoldable({ request, object, oldObject }: Review): boolean {
  const { group, resource } = request.resource;
  return (
    group === 'apps' &&
    resource === 'deployments' &&
    (request.subResource ?? '') === '' &&
    request.operation !== 'DELETE' &&
    isJsonObject(object) &&
    canaryOwners(object).length + canaryOwners(oldObject).length === 0
  );
}

/** Whether the write gives the Deployment other pods than it had. */
export function changesRevision({ request, object, oldObject }: Review): boolean {
  return (
    request.operation === 'UPDATE' &&
    deploymentRevision(templateOf(object)) !== deploymentRevision(templateOf(oldObject))
  );
}

/**
 * The patch that holds a change of a governed Deployment, takes a hold back where the change is toward safety, and keeps
 * what the executor has noted; empty when the object is right as it is, so that it can be applied again. On CREATE
 * nothing is held: there is nothing yet that a bad version could replace.
 */
export function holdPatch(review: Review, checks: HoldChecks): readonly JsonPatchOperation[] {
  const { object } = review;
  const wanted = wantedHold(review, checks);
  const operations = [
    ...annotationPatch(object, HELD_ANNOTATION, wanted.held),
    ...annotationPatch(withAnnotations(object, wanted.held), GOOD_ANNOTATION, wanted.good),
  ];
  const { paused } = wanted;
  if (paused === undefined || paused === isPaused(object)) return operations;
  return paused
    ? [...operations, { op: 'add', path: '/spec/paused', value: true }]
    : [...operations, { op: 'remove', path: '/spec/paused' }];
}

/** What is wrong when a change that must wait is not held as it is stored; undefined when all is right. */
export function holdProblem(review: Review, checks: HoldChecks): string | undefined {
  const { held } = wantedHold(review, checks);
  if (held === undefined) return undefined;
  const isHeld = isPaused(review.object) && annotationOf(review.object, HELD_ANNOTATION) === held;
  if (isHeld) return undefined;
  return 'spec.template: a change of a governed Deployment waits for the gate RolloutStart; another webhook has undone its hold';
}

/** The violations that hold a Deployment rather than deny it, as warnings; the decision as it is when one denies. */
export function asHeld(decision: Decision, opensAtStart: (policy: string) => boolean): Decision {
  if (!isOnlyHeld(decision, opensAtStart)) return decision;
  const violations = decision.violations.map((violation): Violation =>
    violation.action === 'Hold' ? { ...violation, action: 'Warn' } : violation,
  );
  const reasons = decision.violations
    .filter(({ action }) => action === 'Hold')
    .map(({ policy, message }) => `held until the gate RolloutStart opens: ${policy}: ${message}`);
  return {
    ...decision,
    verdict: 'warn',
    violations,
    warnings: [...decision.warnings, ...reasons],
  };
}

/** Whether holds are all that stands against a change, and each by a policy that the gate RolloutStart asks again. */
export function isOnlyHeld(
  { violations }: Decision,
  opensAtStart: (policy: string) => boolean,
): boolean {
  const blocking = violations.filter(({ action }) => action === 'Deny' || action === 'Hold');
  return (
    blocking.length > 0 &&
    blocking.every(
      ({ action, policy, mutation }) =>
        action === 'Hold' && mutation !== true && opensAtStart(policy),
    )
  );
}

function wantedHold(review: Review, checks: HoldChecks): WantedHold {
  const { request, object, oldObject } = review;
  if (request.operation !== 'UPDATE')
    return { held: undefined, good: undefined, paused: undefined };
  const good = annotationOf(oldObject, GOOD_ANNOTATION);
  const before = annotationOf(oldObject, HELD_ANNOTATION);
  const revision = deploymentRevision(templateOf(object));
  const free = { held: undefined, good, paused: before === undefined ? undefined : false };
  if (checks.isTarget(request.namespace ?? '', request.name)) return free;
  if (readGoodRevisions(good).includes(revision)) return free;
  const isOptedIn = isLabelled(object) || isLabelled(oldObject);
  if (!mustWait(review, { before, isOptedIn, holds: checks.holds })) {
    return { held: before, good, paused: undefined };
  }
  return { held: revision, good, paused: true };
}

/** Whether the pods of this template may not come up without the gate. */
function mustWait(
  review: Review,
  state: { before: string | undefined; isOptedIn: boolean; holds: boolean },
): boolean {
  const { object, oldObject } = review;
  const { before, isOptedIn, holds } = state;
  if (before !== undefined) return true;
  if (!isOptedIn && !holds) return false;
  // Whoever pauses a Deployment himself starts its rollout by ending the pause.
  if (changesRevision(review)) return holds || !(isPaused(object) && isPaused(oldObject));
  const ends = !isPaused(object) || annotationOf(object, HELD_ANNOTATION) !== undefined;
  return isOptedIn && isPaused(oldObject) && ends;
}

function isLabelled(deployment: Json): boolean {
  return textAt(deployment, 'metadata', 'labels', GOVERNED_LABEL) === 'true';
}

function templateOf(deployment: Json): Json | undefined {
  return at(deployment, 'spec', 'template');
}

function isPaused(deployment: Json): boolean {
  return at(deployment, 'spec', 'paused') === true;
}

function annotationOf(object: Json, key: string): string | undefined {
  const value = at(object, 'metadata', 'annotations', key);
  return typeof value === 'string' ? value : undefined;
}

function withAnnotations(object: Json, held: string | undefined): Json {
  if (held === undefined || isJsonObject(at(object, 'metadata', 'annotations'))) return object;
  return { metadata: { annotations: {} } };
}

function annotationPatch(
  object: Json,
  key: string,
  value: string | undefined,
): readonly JsonPatchOperation[] {
  const present = at(object, 'metadata', 'annotations', key);
  if (present === value) return [];
  const path = `/metadata/annotations/${key.replace('/', '~1')}`;
  if (value === undefined) return [{ op: 'remove', path }];
  if (isJsonObject(at(object, 'metadata', 'annotations'))) return [{ op: 'add', path, value }];
  return [{ op: 'add', path: '/metadata/annotations', value: { [key]: value } }];
}
