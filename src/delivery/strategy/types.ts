import type { HookType } from '../../domain/canary.ts';
import type { Strategy, Weights } from '../../domain/run.ts';
import type { Settings } from '../settings.ts';

/** What a strategy looks at to say what comes next. */
export interface StepContext {
  readonly spec: Settings;
  /** What is live. */
  readonly live: Weights;
  /** The run's step so far: iterations while it iterates. */
  readonly step: number;
  /** Whether the promotion waits for somebody already. */
  readonly waitsForPromotion: boolean;
}

/** The next step of an analysis whose round has passed. */
export interface NextStep {
  readonly weights: Weights;
  readonly step: number;
  /** What begins the step, as the run records it. */
  readonly action: 'advance' | 'iterate' | 'mirror' | 'switch';
  /**
   * Event of the step in Flagger's words.
   * @param subject `<canary>.<namespace>`; undefined when Flagger says nothing
   */
  readonly message: (subject: string) => string | undefined;
}

/** How one strategy goes from the first step to the promotion. Pure; gates, hooks and checks are the planner's. */
export interface RolloutStrategy {
  readonly strategy: Strategy;
  /** Whether the Canary's status counts iterations instead of a weight. */
  readonly iterates: boolean;
  /** @returns undefined when the next step is the promotion */
  next(context: StepContext): NextStep | undefined;
  /** The types of hooks that must confirm before this step, or before the promotion when there is none. */
  confirming(context: StepContext, next: NextStep | undefined): readonly HookType[];
}
