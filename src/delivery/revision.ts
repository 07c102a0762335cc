import type { UserInfo } from '../domain/decision.ts';
import type { RolloutRunSpec } from '../domain/run.ts';
import type { KubeObject } from '../domain/object.ts';
import { digestOf } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import { CHANGED_BY_ANNOTATION } from './names.ts';
import type { PodTemplate } from './workload/types.ts';

const PREFIX = 'sluice.v1:';
/** The digests of the configs are in the Canary's status as well. */
const CONFIG_DIGITS = 16;

/**
 * Our digest of a pod template and, after a plus sign, of what it is configured with: equal ones give equal text, whatever
 * wrote them.
 * @param configs digests of the ConfigMaps and Secrets that are tracked; without any the template alone counts
 */
export function revisionOf(
  template: PodTemplate,
  configs: Readonly<Record<string, string>> = {},
): string {
  const pods = hexOf(withoutEmpty(template) as Json);
  if (Object.keys(configs).length === 0) return `${PREFIX}${pods}`;
  return `${PREFIX}${pods}+${hexOf({ ...configs }).slice(0, CONFIG_DIGITS)}`;
}

function hexOf(value: Json): string {
  return digestOf(value).slice('sha256:'.length);
}

/** Whether a digest in a Canary's status was written by us; Flagger's own are never comparable with ours. */
export function isOwnRevision(revision: string): boolean {
  return revision.startsWith(PREFIX);
}

/** Null members differ between writers without meaning anything (`creationTimestamp: null`). */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value)
    .filter(([, member]) => member !== null && member !== undefined)
    .map(([key, member]) => [key, withoutEmpty(member)] as const);
  return Object.fromEntries(members);
}

/** Images of a template's containers, in order; `digest` where the reference pins one. */
export function imagesOf(template: PodTemplate): RolloutRunSpec['images'] {
  return (template.spec?.containers ?? []).slice(0, 32).map((container) => {
    const image = container.image ?? '';
    const at = image.indexOf('@');
    const named = { container: container.name, image };
    return at < 0 ? named : { ...named, digest: image.slice(at + 1) };
  });
}

/** Who changed the target last, from the annotation that admission stamps; null when it is absent or unreadable. */
export function changedByOf(target: KubeObject): UserInfo | null {
  const text = target.metadata.annotations?.[CHANGED_BY_ANNOTATION];
  if (text === undefined) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (value === null || typeof value !== 'object') return null;
    return userFrom(value as Record<string, unknown>);
  } catch {
    return null;
  }
}

function userFrom(value: Record<string, unknown>): UserInfo | null {
  const { username, uid, groups } = value;
  if (typeof username !== 'string') return null;
  return {
    username,
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(Array.isArray(groups) ? { groups: groups.filter((g) => typeof g === 'string') } : {}),
  };
}
