import { FINALIZER } from '../delivery/names.ts';
import type { Canary } from '../domain/canary.ts';
import type { Json } from '../lib/lossless-json.ts';
import { executorIssues } from './protect-executor.ts';
import { canaryNotes } from './protect-canary-notes.ts';
import { valueIssues } from './protect-canary-values.ts';
import { at, isOfSluice, listAt, same, textAt } from './protect-fields.ts';
import type { Review } from './review-codec.ts';

/** What the checks of a Canary need to know beside the review. */
export interface CanarySurroundings {
  /** The Canaries of a namespace; undefined while they are not known. */
  readonly canaries: (namespace: string) => readonly Canary[] | undefined;
  /** Whether references to objects of other namespaces are refused. */
  readonly noCrossNamespaceRefs: boolean;
  /** Provider of Canaries that name none; absent: Flagger's default. */
  readonly meshProvider?: string;
}

const DEFAULT_PROVIDER = 'istio';

/** Phases in which traffic goes to a version that is not proven, or is about to. */
const IN_FLIGHT: ReadonlySet<string> = new Set([
  'Progressing',
  'WaitingPromotion',
  'Promoting',
  'Finalising',
]);

/**
 * What of a Canary nobody may write, whatever policies say: values that make the analysis void, another target once it
 * is initialised, a target that another Canary has, references to other namespaces, and, while a rollout is under way,
 * what would end the analysis or the way back. What was so before is no reason to refuse an update.
 */
export function canaryIssues(review: Review, surroundings: CanarySurroundings): string[] {
  const { request, object, oldObject } = review;
  if (request.operation === 'DELETE') return deletionIssues(oldObject);
  const before = new Set(oldObject === null ? [] : standingIssues(oldObject, surroundings));
  const standing = standingIssues(object, surroundings).filter((issue) => !before.has(issue));
  const rivals = same(placeOf(object), placeOf(oldObject))
    ? []
    : rivalIssues(object, request.namespace ?? '', surroundings);
  const changes =
    oldObject === null
      ? []
      : [
          ...placeIssues(object, oldObject),
          ...inFlightIssues(object, oldObject),
          ...finalizerIssues(object, oldObject),
        ];
  const executor = executorIssues(object, oldObject, isInFlight(oldObject));
  return [...standing, ...rivals, ...changes, ...executor];
}

function standingIssues(canary: Json, surroundings: CanarySurroundings): string[] {
  const { noCrossNamespaceRefs, meshProvider = DEFAULT_PROVIDER } = surroundings;
  return [
    ...valueIssues(canary),
    ...canaryNotes(canary, meshProvider).refused,
    ...(noCrossNamespaceRefs ? referenceIssues(canary) : []),
  ];
}

/** What whoever writes a Canary should know, although it is taken. */
export function canaryWarnings(
  { request, object }: Review,
  { meshProvider = DEFAULT_PROVIDER }: Pick<CanarySurroundings, 'meshProvider'>,
): readonly string[] {
  const { group, resource } = request.resource;
  const isCanary = group === 'flagger.app' && resource === 'canaries';
  if (!isCanary || (request.subResource ?? '') !== '' || request.operation === 'DELETE') return [];
  return canaryNotes(object, meshProvider).warnings;
}

function referenceIssues(canary: Json): string[] {
  const own = textAt(canary, 'metadata', 'namespace');
  const analysis = at(canary, 'spec', 'analysis');
  const foreign = (list: string, reference: string): string[] =>
    listAt(analysis, list).flatMap((entry, index) => {
      const namespace = textAt(entry, reference, 'namespace');
      if (namespace === '' || namespace === own) return [];
      const field = `spec.analysis.${list}[${index}].${reference}.namespace`;
      return [`${field}: references to other namespaces are off (--no-cross-namespace-refs)`];
    });
  return [...foreign('metrics', 'templateRef'), ...foreign('alerts', 'providerRef')];
}

/** What a Canary takes: its target, and the name of its Services and route. */
function placeOf(canary: Json): Json {
  const target = at(canary, 'spec', 'targetRef');
  const name = textAt(target, 'name');
  return [textAt(target, 'kind'), name, textAt(canary, 'spec', 'service', 'name') || name];
}

function placeIssues(object: Json, oldObject: Json): string[] {
  const phase = textAt(oldObject, 'status', 'phase');
  if (
    !isOfSluice(oldObject) ||
    phase === 'Initializing' ||
    same(placeOf(object), placeOf(oldObject))
  )
    return [];
  // Somebody changed it while Sluice was away: it may be set back.
  const isLost = listAt(oldObject, 'status', 'conditions').some(
    (condition) => textAt(condition, 'reason') === 'PrimaryMissing',
  );
  return isLost
    ? []
    : [
        'spec.targetRef, spec.service.name: cannot change once the Canary is initialised; make another Canary',
      ];
}

function rivalIssues(object: Json, namespace: string, { canaries }: CanarySurroundings): string[] {
  const name = textAt(object, 'metadata', 'name');
  const target = at(object, 'spec', 'targetRef');
  const apex = textAt(object, 'spec', 'service', 'name') || textAt(target, 'name');
  const others = (canaries(namespace) ?? []).filter(
    ({ metadata }) => metadata.name !== name && metadata.deletionTimestamp === undefined,
  );
  return others.flatMap(({ metadata, spec }) => {
    const { targetRef } = spec;
    if (targetRef.kind === textAt(target, 'kind') && targetRef.name === textAt(target, 'name')) {
      return [`spec.targetRef: is the target of the Canary ${metadata.name} already`];
    }
    return (spec.service?.name ?? targetRef.name) === apex
      ? [`spec.service.name: is the name of the Canary ${metadata.name}'s Services already`]
      : [];
  });
}

/** Whether Sluice is rolling something out for this Canary. */
function isInFlight(canary: Json): boolean {
  return IN_FLIGHT.has(textAt(canary, 'status', 'phase')) && isOfSluice(canary);
}

function inFlightIssues(object: Json, oldObject: Json): string[] {
  if (!isInFlight(oldObject)) return [];
  const turnedOn = (field: string): boolean =>
    at(object, 'spec', field) === true && at(oldObject, 'spec', field) !== true;
  return [
    ...(turnedOn('suspend')
      ? [
          'spec.suspend: would leave the traffic with a version that nobody watches; sluice pause stops the steps and goes on checking, sluice abort takes the traffic back',
        ]
      : []),
    ...(turnedOn('skipAnalysis')
      ? [
          'spec.skipAnalysis: would promote a version whose analysis is under way; sluice promote does so with a record of who decided it',
        ]
      : []),
    ...(same(at(object, 'spec', 'ingressRef'), at(oldObject, 'spec', 'ingressRef'))
      ? []
      : [
          "spec.ingressRef: would leave the canary's share on the Ingress that it has; end the rollout first with sluice abort",
        ]),
  ];
}

function finalizerIssues(object: Json, oldObject: Json): string[] {
  const has = (canary: Json): boolean =>
    listAt(canary, 'metadata', 'finalizers').includes(FINALIZER);
  if (at(oldObject, 'metadata', 'deletionTimestamp') === undefined) return [];
  if (!has(oldObject) || has(object) || at(oldObject, 'spec', 'revertOnDeletion') !== true)
    return [];
  return [`metadata.finalizers: ${FINALIZER} goes when the target serves again`];
}

function deletionIssues(canary: Json): string[] {
  const phase = textAt(canary, 'status', 'phase');
  if (isInFlight(canary)) {
    return [
      `a rollout is under way (phase ${phase}): end it first with sluice abort, or by setting the target back`,
    ];
  }
  if (at(canary, 'spec', 'revertOnDeletion') !== true) return [];
  const applied = textAt(canary, 'status', 'lastAppliedSpec');
  if (!isOfSluice(canary) || applied === textAt(canary, 'status', 'lastPromotedSpec')) return [];
  return [
    'spec.revertOnDeletion would give all traffic to a version that was not promoted: set the target back first',
  ];
}
