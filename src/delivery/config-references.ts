import type { PodTemplate } from './workload/types.ts';

/** The two kinds whose content pods are given. */
export type ConfigKind = 'ConfigMap' | 'Secret';

/** A ConfigMap or Secret that a pod template names. */
export interface ConfigReference {
  readonly kind: ConfigKind;
  readonly name: string;
  /** Whether every mention of it says that it may be missing. */
  readonly optional: boolean;
}

/** How a Canary's status and hooks name a config: `configmap/<name>`, `secret/<name>`. */
export function configKey({ kind, name }: Pick<ConfigReference, 'kind' | 'name'>): string {
  return `${kind.toLowerCase()}/${name}`;
}

/** Name of the copy that a primary's pods use. */
export function copyNameOf(name: string): string {
  return `${name}${SUFFIX}`;
}

/**
 * The ConfigMaps and Secrets whose content a pod gets: by volumes, projected volumes, `env` and `envFrom` of every kind
 * of container. Secrets for pulling images, and those that a storage driver reads, are no content of the pod.
 * @returns each once, in the order of their keys
 */
export function configReferences(template: PodTemplate): readonly ConfigReference[] {
  const found = new Map<string, ConfigReference>();
  for (const { kind, holder, field } of mentionsIn(template.spec)) {
    const name = holder[field];
    if (typeof name !== 'string' || name === '') continue;
    const key = configKey({ kind, name });
    const optional = holder['optional'] === true && (found.get(key)?.optional ?? true);
    found.set(key, { kind, name, optional });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reference]) => reference);
}

/**
 * A copy of the template in which the configs of these keys are those of the primary.
 * @param keys of the configs that have a copy
 */
export function withConfigCopies(template: PodTemplate, keys: ReadonlySet<string>): PodTemplate {
  const copy = structuredClone(template);
  for (const { kind, holder, field } of mentionsIn(copy.spec)) {
    const name = holder[field];
    if (typeof name === 'string' && keys.has(configKey({ kind, name }))) {
      holder[field] = copyNameOf(name);
    }
  }
  return copy;
}

const SUFFIX = '-primary';
const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** One place that names a config. */
interface Mention {
  readonly kind: ConfigKind;
  readonly holder: Record<string, unknown>;
  readonly field: 'name' | 'secretName';
}

function mentionsIn(spec: Record<string, unknown> | undefined): Mention[] {
  const volumes = list(spec?.['volumes']);
  const sources = volumes.flatMap((volume) => list(member(volume, 'projected')?.['sources']));
  const containers = CONTAINER_LISTS.flatMap((field) => list(spec?.[field]));
  const variables = containers
    .flatMap((container) => list(container['env']))
    .flatMap((variable): Record<string, unknown>[] => {
      const from = member(variable, 'valueFrom');
      return from === undefined ? [] : [from];
    });
  const wholes = containers.flatMap((container) => list(container['envFrom']));
  return [
    ...volumes.flatMap((volume) => [
      ...mention('ConfigMap', volume, 'configMap'),
      ...mention('Secret', volume, 'secret', 'secretName'),
    ]),
    ...sources.flatMap((source) => [
      ...mention('ConfigMap', source, 'configMap'),
      ...mention('Secret', source, 'secret'),
    ]),
    ...variables.flatMap((from) => [
      ...mention('ConfigMap', from, 'configMapKeyRef'),
      ...mention('Secret', from, 'secretKeyRef'),
    ]),
    ...wholes.flatMap((from) => [
      ...mention('ConfigMap', from, 'configMapRef'),
      ...mention('Secret', from, 'secretRef'),
    ]),
  ];
}

function mention(
  kind: ConfigKind,
  parent: Record<string, unknown>,
  name: string,
  field: Mention['field'] = 'name',
): Mention[] {
  const holder = member(parent, name);
  return holder === undefined ? [] : [{ kind, holder, field }];
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function member(value: Record<string, unknown>, name: string): Record<string, unknown> | undefined {
  const found = value[name];
  return isObject(found) ? found : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
