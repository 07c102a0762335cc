import type { RecordedFile } from './difference.ts';

/** What is known of a scenario when a difference is to be declared. */
export interface ScenarioFacts {
  /** Flagger got stuck in it. */
  readonly isStuck: boolean;
  /** Its checks had no answer. */
  readonly isUnanswered: boolean;
  /** A promotion waits in it. */
  readonly isWaiting: boolean;
}

/**
 * What may differ of a status in which a promotion waits: Flagger writes weight 0 and iterations that mean nothing, and
 * leaves them there when the promotion begins.
 */
const WAITING = /^(WaitingPromotion|Promoting)\.(weight|iterations)$/;
const CANARY_STATUS = /^(?:initialized|end) Canary\/\S+ status\.(\S+)$/;
const WEIGHT = /weight|percent/i;

/**
 * Why a difference at a path may not be declared at all: weights, the wording of events and the keys of hook payloads
 * are what users depend on, and the status may differ only where Flagger's says nothing true.
 * @returns undefined when it may
 */
export function untouchable(
  file: RecordedFile,
  path: string,
  facts: ScenarioFacts,
): string | undefined {
  // Where Flagger stands still all that follows is one difference, and there is nothing to compare it with.
  if (facts.isStuck) return undefined;
  switch (file) {
    case 'scenario.json':
      return 'it is the input';
    case 'status.txt':
      return ofStatus(path, facts);
    case 'changes.txt':
      if (path.startsWith('= ')) return ofStatus(path.slice(2), facts);
      return WEIGHT.test(path) ? 'it is a weight' : undefined;
    case 'events.txt':
      return path.startsWith('event ') ? 'it is the wording of an event' : undefined;
    case 'calls.txt':
      if (path.includes(' payload')) return 'it is the payload of a hook';
      return /^[^:]*: event /.test(path) ? 'it is the wording of an event' : undefined;
    case 'objects.yaml':
      return ofObject(path, facts);
  }
}

function ofStatus(path: string, { isUnanswered, isWaiting }: ScenarioFacts): string | undefined {
  if (isWaiting && WAITING.test(path)) return undefined;
  if (isUnanswered && path.endsWith('.failedChecks')) return undefined;
  return 'the status is what users depend on';
}

function ofObject(path: string, { isUnanswered }: ScenarioFacts): string | undefined {
  const field = CANARY_STATUS.exec(path)?.[1];
  if (field !== undefined) {
    return isUnanswered && field === 'failedChecks' ? undefined : 'it is the status of a Canary';
  }
  return WEIGHT.test(path) ? 'it is a weight' : undefined;
}
