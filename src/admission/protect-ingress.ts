import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { at, same } from './protect-fields.ts';
import { changedFields } from './protect-shares.ts';

/** Annotations of ingress controllers that say what a canary gets, whatever their prefix. */
const CANARY_ANNOTATION = /\/canary(-[a-z-]+)?$/;
const WEIGHT = /\/canary-weight$/;
/** By what a request goes to the canary: the annotation that says so, and those that narrow it. */
const BY_REQUEST = [/\/canary-by-header(-value|-pattern)?$/, /\/canary-by-cookie$/] as const;

/**
 * What of the Ingress that leads to a canary only Sluice may change: its spec, and the annotations about the canary.
 * Lowering its weight by hand, and taking away a header or cookie by which requests go to it, stay allowed.
 */
export function canaryIngressIssues(object: Json, oldObject: Json): string[] {
  const fields = changedFields(at(object, 'spec'), at(oldObject, 'spec')).map(
    (field) => `spec.${field}: follows from the Canary's Ingress; change it there`,
  );
  return [...fields, ...canaryAnnotationIssues(object, oldObject)];
}

/** What speaks against a change of the annotations about a canary. */
export function canaryAnnotationIssues(object: Json, oldObject: Json): string[] {
  const [after, before] = [annotationsOf(object), annotationsOf(oldObject)];
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...keys]
    .filter((key) => CANARY_ANNOTATION.test(key) && !same(after[key], before[key]))
    .filter((key) => !lowers(key, after, before))
    .map(
      (key) =>
        `metadata.annotations[${key}]: the canary's share may be lowered by hand, never raised`,
    );
}

type Annotations = Readonly<Record<string, Json>>;

function annotationsOf(ingress: Json): Annotations {
  const found = at(ingress, 'metadata', 'annotations');
  return isJsonObject(found) ? found : {};
}

function lowers(key: string, after: Annotations, before: Annotations): boolean {
  if (WEIGHT.test(key)) {
    const weight = weightOf(after[key]);
    return weight !== undefined && weight <= (weightOf(before[key]) ?? 0);
  }
  // Without its value a header would send more requests to the canary: all of them go, or none.
  const family = BY_REQUEST.find((pattern) => pattern.test(key));
  return family !== undefined && !Object.keys(after).some((each) => family.test(each));
}

function weightOf(value: Json | undefined): number | undefined {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : undefined;
}
