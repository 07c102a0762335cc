import type { PodTemplate, SelectorLabel } from './workload/types.ts';

/** Pod annotation with which Flagger, and so Sluice, makes every promotion new pods. */
export const ID_ANNOTATION = 'flagger-id';
const SUFFIX = /-primary$/;

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/**
 * A target's pod template for its primary: the selector label gets `-primary`, and so does the same label inside pod
 * anti-affinity and topology spread constraints when it names the target, so that the primary's pods keep apart from
 * each other and not from the canary's. Everything else is the same (Flagger does the same; pod affinity is left alone).
 */
export function rewriteForPrimary(
  template: PodTemplate,
  selector: SelectorLabel,
  targetName: string,
): PodTemplate {
  const copy = relabelForPrimary(structuredClone(template), selector);
  for (const found of selectorsOf(copy.spec ?? {}))
    rewriteSelector(found, selector.key, targetName);
  return copy;
}

/** The template with the primary's value of the selector label, and nothing else changed. */
export function relabelForPrimary(template: PodTemplate, selector: SelectorLabel): PodTemplate {
  const labels = { ...template.metadata?.labels, [selector.key]: `${selector.value}-primary` };
  return { ...template, metadata: { ...template.metadata, labels } };
}

/** The target's template from which a primary's was made; names of config copies are those of the originals. */
export function originalTemplate(template: PodTemplate, selector: SelectorLabel): PodTemplate {
  const live = template.metadata?.labels?.[selector.key] ?? '';
  const labels = { ...template.metadata?.labels, [selector.key]: live.replace(SUFFIX, '') };
  const kept = Object.entries(template.metadata?.annotations ?? {}).filter(
    ([name]) => name !== ID_ANNOTATION,
  );
  const metadata: PodTemplate['metadata'] = { ...template.metadata, labels };
  delete metadata.annotations;
  if (kept.length > 0) metadata.annotations = Object.fromEntries(kept);
  const spec = withoutConfigSuffix(template.spec ?? {}) as Record<string, unknown>;
  for (const found of selectorsOf(spec)) restoreSelector(found, selector.key);
  return { ...template, metadata, spec };
}

function restoreSelector(selector: Selector, key: string): void {
  const value = selector.matchLabels?.[key];
  if (selector.matchLabels !== undefined && value !== undefined) {
    selector.matchLabels[key] = value.replace(SUFFIX, '');
  }
  for (const expression of selector.matchExpressions ?? []) {
    if (expression.key !== key || expression.values === undefined) continue;
    expression.values = expression.values.map((each) => each.replace(SUFFIX, ''));
  }
}

function selectorsOf(spec: Record<string, unknown>): Selector[] {
  const affinity = member(member(spec, 'affinity'), 'podAntiAffinity');
  const required = list(affinity['requiredDuringSchedulingIgnoredDuringExecution']);
  const preferred = list(affinity['preferredDuringSchedulingIgnoredDuringExecution']).map((term) =>
    member(term, 'podAffinityTerm'),
  );
  const spread = list(spec['topologySpreadConstraints']);
  return [...required, ...preferred, ...spread].map(
    (term) => member(term, 'labelSelector') as Selector,
  );
}

function rewriteSelector(selector: Selector, key: string, targetName: string): void {
  if (selector.matchLabels?.[key] === targetName) {
    selector.matchLabels[key] = `${targetName}-primary`;
  }
  for (const expression of selector.matchExpressions ?? []) {
    const at = expression.key === key ? (expression.values ?? []).indexOf(targetName) : -1;
    if (at >= 0) expression.values?.splice(at, 1, `${targetName}-primary`);
  }
}

function member(value: Record<string, unknown>, name: string): Record<string, unknown> {
  const found = value[name];
  return isObject(found) ? found : {};
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Fields of a pod that name a ConfigMap or Secret. */
export const CONFIG_REFERENCES: ReadonlySet<string> = new Set([
  'configMap',
  'configMapRef',
  'configMapKeyRef',
  'secret',
  'secretRef',
  'secretKeyRef',
]);

/** A copy in which references to `<name>-primary` ConfigMaps and Secrets (Flagger's copies) name the original. */
export function withoutConfigSuffix(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutConfigSuffix);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => {
      const copy = withoutConfigSuffix(child);
      return [key, CONFIG_REFERENCES.has(key) && isObject(copy) ? unsuffixed(copy) : copy] as const;
    }),
  );
}

function unsuffixed(reference: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(reference).map(([field, value]) => {
      const names = (field === 'name' || field === 'secretName') && typeof value === 'string';
      return [field, names ? value.replace(/-primary$/, '') : value] as const;
    }),
  );
}
