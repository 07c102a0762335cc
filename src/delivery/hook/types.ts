import type { CanaryPhase, HookType } from '../../domain/canary.ts';

/** What a refusal (an answer that is not a success) of a hook of this type leads to. */
type HookRefusal = 'hold' | 'failedCheck' | 'ignored';

interface HookText {
  readonly level: 'Normal' | 'Warning';
  readonly message: string;
}

/** One type of hook: declared behaviour, no code that calls anything. */
export interface HookKind {
  readonly type: HookType;
  readonly onRefusal: HookRefusal;
  /** `phase` of the payload, given the Canary's own. */
  payloadPhase(current: CanaryPhase): CanaryPhase;
  /** Event after a success; undefined when Flagger writes none. */
  passed(hook: string): HookText | undefined;
  /**
   * Event after a refusal.
   * @param subject `<canary>.<namespace>`
   * @param reason why it did not pass; never the answer's body
   */
  refused(hook: string, subject: string, reason: string): HookText;
}
