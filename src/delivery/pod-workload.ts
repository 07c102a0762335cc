import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, ResourceType } from '../domain/object.ts';
import { filterByPrefix, inheritedAnnotations } from './labels.ts';
import { ownerOf } from './names.ts';
import type { ObjectWrite } from './object-write.ts';
import { withConfigCopies } from './config-references.ts';
import { ID_ANNOTATION, originalTemplate, withoutConfigSuffix } from './primary-pods.ts';
import { servicesOf } from './services.ts';
import type { PodTemplate, PrimaryContext, SelectorLabel, Workload } from './workload/types.ts';

/** An object with pods of its own. */
export interface PodOwner extends KubeObject {
  spec: {
    replicas?: number;
    selector?: { matchLabels?: Record<string, string> };
    template: PodTemplate;
    [field: string]: unknown;
  };
}

const RESTART_ANNOTATION = 'kubectl.kubernetes.io/restartedAt';

/** What is particular to one kind of object with pods. */
export interface PodKind {
  readonly kind: string;
  readonly resource: ResourceType;
  /** Fields of `spec` that the primary takes from the target beside its pods. */
  readonly copied: readonly string[];
  /** The template without what only the target's own scaling puts there. */
  readonly template: (object: KubeObject) => PodTemplate;
  /** The template for the primary, before it gets configs and id. */
  readonly rewrite: (
    template: PodTemplate,
    selector: SelectorLabel,
    targetName: string,
  ) => PodTemplate;
  /** Fields that give a new primary its size. */
  readonly firstSize: (target: KubeObject) => Record<string, unknown>;
  /** Fields that a promotion changes of its size. */
  readonly nextSize: (target: KubeObject, context: PrimaryContext) => Record<string, unknown>;
}

type Shared = Pick<
  Workload,
  | 'kind'
  | 'resource'
  | 'groups'
  | 'capabilities'
  | 'template'
  | 'original'
  | 'selector'
  | 'createPrimary'
  | 'promotePrimary'
  | 'restorePrimary'
  | 'identity'
  | 'marked'
  | 'samePods'
  | 'sameTemplate'
  | 'services'
>;

/** What the kinds with pods have in common: a primary with the same pods under its own label, and three Services. */
export function podWorkload(of: PodKind): Shared {
  const { resource } = of;
  return {
    kind: of.kind,
    resource,
    groups: ['apps', 'extensions'],
    capabilities: { pods: true, scales: true, ownPrimary: true },
    template: of.template,
    original: (primary, selector) => originalTemplate(spec(primary).template, selector),
    selector: (object, candidates) => {
      const labels = spec(object).selector?.matchLabels ?? {};
      const key = candidates.find((candidate) => labels[candidate] !== undefined);
      return key === undefined ? undefined : { key, value: labels[key] ?? '' };
    },
    createPrimary: (target, context) => [
      { op: 'create', type: resource, object: newPrimary(of, target, context) },
    ],
    promotePrimary: (primary, target, context) => [
      { op: 'replace', type: resource, object: promoted(of, primary, target, context) },
    ],
    restorePrimary: (primary, as) => [restored(of, primary, as)],
    identity,
    // Only we and Flagger write such ids.
    marked: (primary) => identity(primary) !== undefined,
    samePods: (primary, target, selector) =>
      sameTemplate(
        spec(primary).template,
        of.rewrite(of.template(target), selector, target.metadata.name),
      ),
    sameTemplate,
    services: (target, context) => servicesOf(context, of.template(target)),
  };
}

function spec(object: KubeObject): PodOwner['spec'] {
  return (object as PodOwner).spec;
}

function identity(primary: KubeObject): string | undefined {
  return spec(primary).template.metadata?.annotations?.[ID_ANNOTATION];
}

function newPrimary(of: PodKind, target: KubeObject, context: PrimaryContext): PodOwner {
  const { key, value } = context.selector;
  const label = { [key]: `${value}-primary` };
  return {
    apiVersion: 'apps/v1',
    kind: of.kind,
    metadata: {
      name: `${target.metadata.name}-primary`,
      ...(target.metadata.namespace === undefined ? {} : { namespace: target.metadata.namespace }),
      labels: { ...filterByPrefix(target.metadata.labels, context.includeLabelPrefix), ...label },
      annotations: inheritedAnnotations(target.metadata.annotations),
      ownerReferences: [ownerOf(context.canary)],
    },
    spec: {
      ...copiedFields(of, target),
      ...of.firstSize(target),
      selector: { matchLabels: label },
      template: primaryTemplate(of, target, context),
    },
  };
}

function promoted(
  of: PodKind,
  primary: KubeObject,
  target: KubeObject,
  context: PrimaryContext,
): PodOwner {
  const { key, value } = context.selector;
  const kept = Object.entries(spec(primary)).filter(([field]) => !of.copied.includes(field));
  const labels = filterByPrefix(target.metadata.labels, context.includeLabelPrefix);
  const annotations = filterByPrefix(target.metadata.annotations, context.includeLabelPrefix);
  return {
    ...primary,
    metadata: {
      ...primary.metadata,
      labels: { ...primary.metadata.labels, ...labels, [key]: `${value}-primary` },
      annotations: { ...primary.metadata.annotations, ...annotations },
    },
    spec: {
      ...(Object.fromEntries(kept) as PodOwner['spec']),
      ...copiedFields(of, target),
      ...of.nextSize(target, context),
      template: primaryTemplate(of, target, context),
    },
  };
}

function restored(
  of: PodKind,
  primary: KubeObject,
  as: Parameters<Workload['restorePrimary']>[1],
): ObjectWrite {
  const whole =
    'target' in as
      ? promoted(of, primary, as.target, as.context)
      : { ...primary, spec: { ...spec(primary), template: as } };
  // A paused one would keep the pods that it has.
  const fields = Object.entries(whole.spec).filter(([field]) => field !== 'paused');
  const object = { ...whole, spec: Object.fromEntries(fields) } as KubeObject;
  return { op: 'replace', type: of.resource, object };
}

function copiedFields(of: PodKind, target: KubeObject): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(spec(target)).filter(([field]) => of.copied.includes(field)),
  );
}

function primaryTemplate(of: PodKind, target: KubeObject, context: PrimaryContext): PodTemplate {
  const template = withConfigCopies(of.template(target), context.configs);
  const rewritten = of.rewrite(template, context.selector, target.metadata.name);
  const annotations = { ...rewritten.metadata?.annotations, [ID_ANNOTATION]: context.rolloutId };
  return { ...rewritten, metadata: { ...rewritten.metadata, annotations } };
}

/** `kubectl rollout restart` of the primary makes new pods of the same kind. */
function withoutOwnRestart(template: PodTemplate, wanted: PodTemplate): PodTemplate {
  const restarted = template.metadata?.annotations?.[RESTART_ANNOTATION];
  const expected = wanted.metadata?.annotations?.[RESTART_ANNOTATION];
  if (restarted === undefined || restarted <= (expected ?? '')) return template;
  const others = Object.entries(template.metadata?.annotations ?? {}).filter(
    ([name]) => name !== RESTART_ANNOTATION,
  );
  const annotations = {
    ...Object.fromEntries(others),
    ...(expected === undefined ? {} : { [RESTART_ANNOTATION]: expected }),
  };
  return { ...template, metadata: { ...template.metadata, annotations } };
}

function sameTemplate(live: PodTemplate, wanted: PodTemplate): boolean {
  return isDeepStrictEqual(comparable(withoutOwnRestart(live, wanted)), comparable(wanted));
}

function comparable(template: PodTemplate): unknown {
  const all = Object.entries(template.metadata?.annotations ?? {});
  const annotations = Object.fromEntries(all.filter(([name]) => name !== ID_ANNOTATION));
  return {
    labels: template.metadata?.labels ?? {},
    annotations,
    spec: withoutConfigSuffix(template.spec ?? {}),
  };
}
