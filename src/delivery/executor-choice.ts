import type { KubeObject } from '../domain/object.ts';

/** Annotation of a Canary that says who runs it. Absent: Sluice. */
export const EXECUTOR_ANNOTATION = 'sluice.dev/executor';
/** The value by which Sluice leaves the Canary to Flagger. */
export const FLAGGER = 'flagger';

/** Whether the Canary is marked as Flagger's: Sluice writes nothing of it, and admission lets Flagger write it. */
export function isLeftToFlagger({ metadata }: Pick<KubeObject, 'metadata'>): boolean {
  return metadata.annotations?.[EXECUTOR_ANNOTATION] === FLAGGER;
}
