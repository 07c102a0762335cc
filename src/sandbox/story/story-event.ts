import type { Expectation } from './story.ts';

/** One line of the story's report. `time` is RFC 3339 with milliseconds. */
export interface StoryEvent {
  readonly time: string;
  readonly event:
    'start' | 'apply' | 'patch' | 'phase' | 'weight' | 'held' | 'outcome' | 'note' | 'result';
  readonly outcome?: Expectation['outcome'];
  /** `Kind namespace/name`. */
  readonly object?: string;
  readonly expected?: string;
  readonly actual?: string;
  readonly ok?: boolean;
  /** Of `result` only. */
  readonly outcomes?: readonly StoryOutcome[];
}

export interface StoryOutcome {
  readonly outcome: Expectation['outcome'];
  readonly object: string;
  readonly expected: string;
  readonly actual: string;
  readonly ok: boolean;
}

/** Whether the story held: at least one outcome and every one ok. */
export interface StoryResult {
  readonly ok: boolean;
  readonly outcomes: readonly StoryOutcome[];
}
