import { EXECUTOR_ANNOTATION, FLAGGER } from '../delivery/executor-choice.ts';
import type { Json } from '../lib/lossless-json.ts';
import { textAt } from './protect-fields.ts';

/** What speaks against the Canary's word about who runs it. */
export function executorIssues(
  object: Json,
  oldObject: Json,
  isUnderWay: boolean,
): readonly string[] {
  const [now, before] = [object, oldObject].map((canary) =>
    textAt(canary, 'metadata', 'annotations', EXECUTOR_ANNOTATION),
  );
  if (now === before || (oldObject === null && now === '')) return [];
  const field = `metadata.annotations[${EXECUTOR_ANNOTATION}]`;
  if (now !== '' && now !== FLAGGER) return [`${field}: unknown executor; known: ${FLAGGER}`];
  return isUnderWay && now === FLAGGER
    ? [`${field}: a rollout is under way; end it first with sluice abort`]
    : [];
}
