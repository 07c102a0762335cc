import type { ObjectCache } from '../domain/client.ts';
import { keyOf, keyText, parseKeyText } from '../domain/object.ts';
import type { RolloutRun } from '../domain/run.ts';

/**
 * Brings back the subjects whose runs wait for budgets, whenever a run gives some of one back or leaves a queue.
 * @param wake called with the key text of a Canary or Deployment
 * @returns ends it
 */
export function wakeBudgetWaiters(
  runs: ObjectCache<RolloutRun>,
  wake: (subject: string) => void,
): () => void {
  const drawn = new Map<string, string>();
  return runs.subscribe((key) => {
    const run = runs.get(parseKeyText(key));
    const before = drawn.get(key) ?? '';
    const now = run === undefined ? '' : drawingOf(run);
    if (now === before) return;
    if (now === '') drawn.delete(key);
    else drawn.set(key, now);
    for (const each of runs.list()) {
      if (each.status?.held?.budgets === undefined || keyText(keyOf(each)) === key) continue;
      wake(keyText({ namespace: each.metadata.namespace ?? '', name: each.spec.subject.name }));
    }
  });
}

/** What a run takes of budgets and waits for, as one text; '' when neither. */
function drawingOf({ status }: RolloutRun): string {
  const taken = (status?.reservations ?? []).map(({ budget, weight }) => `${budget}=${weight}`);
  return [...taken, ...(status?.held?.budgets ?? [])].join(' ');
}
