import type { Canary } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import { isLeftBehind, isOwnedBy, isStripped, RECONCILE_DISABLED } from './names.ts';
import type { VirtualService } from './virtual-service.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** Where Flagger keeps the spec that a VirtualService had before it. */
const ORIGINAL = 'flagger.kubernetes.io/original-configuration';

/** Whether the VirtualService was there before the Canary, so that it outlives it. */
export function isForeign(live: VirtualService, canary: Canary): boolean {
  if (isOwnedBy(live, canary) || isLeftBehind(live, canary)) return false;
  return keepsOriginal(live) || !isStripped(live);
}

function keepsOriginal({ metadata }: KubeObject): boolean {
  const { annotations = {} } = metadata;
  return annotations[ORIGINAL] !== undefined || annotations[LAST_APPLIED] !== undefined;
}

/** The annotation that keeps what a foreign VirtualService says now; none when that is kept already. */
export function originalAnnotation(live: VirtualService): Record<string, string> {
  return keepsOriginal(live) ? {} : { [ORIGINAL]: JSON.stringify(live.spec) };
}

/**
 * The VirtualService as it was before the Canary, without what we wrote on it, so that GitOps tools look after it
 * again.
 * @returns undefined when nothing says what it was
 */
export function restoredOriginal(live: VirtualService): VirtualService | undefined {
  const spec = originalSpec(live);
  if (spec === undefined) return undefined;
  const ours = new Set([ORIGINAL, ...Object.keys(RECONCILE_DISABLED)]);
  const annotations = Object.fromEntries(
    Object.entries(live.metadata.annotations ?? {}).filter(([key]) => !ours.has(key)),
  );
  return { ...live, metadata: { ...live.metadata, annotations }, spec };
}

function originalSpec({ metadata }: VirtualService): VirtualService['spec'] | undefined {
  const { annotations = {} } = metadata;
  const applied = parsed(annotations[LAST_APPLIED]);
  if (applied !== undefined) return asSpec(applied['spec']);
  return asSpec(parsed(annotations[ORIGINAL]));
}

function parsed(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}

function asSpec(value: unknown): VirtualService['spec'] | undefined {
  return asObject(value);
}
