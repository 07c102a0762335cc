import type { KubeObject } from '../../domain/object.ts';

/** A value that a placeholder may stand for. */
export type VariableValue = string | number | boolean | readonly number[];

/** The value of each variable of a story. */
export type Variables = Readonly<Record<string, VariableValue>>;

/** A story with its placeholders (manifests/examples/story/README.md). */
export interface StoryTemplate {
  readonly title: string;
  readonly interval: string;
  /** null: whoever plays must give it. */
  readonly variables: Readonly<Record<string, VariableValue | null>>;
  readonly traffic: readonly { readonly host: string }[];
  readonly setup: readonly unknown[];
  readonly tracks: readonly { readonly name: string; readonly steps: readonly unknown[] }[];
}

/** A story whose placeholders have been replaced; only `${NOW…}` is left, in the objects of its steps. */
export interface Story {
  readonly title: string;
  readonly intervalMs: number;
  readonly hosts: readonly string[];
  readonly setup: readonly KubeObject[];
  readonly tracks: readonly StoryTrack[];
}

export interface StoryTrack {
  readonly name: string;
  readonly steps: readonly StoryStep[];
}

export type StoryStep =
  | { readonly type: 'apply'; readonly object: KubeObject }
  | { readonly type: 'patch'; readonly patch: StoryPatch }
  | {
      readonly type: 'wait';
      readonly canary: string;
      readonly namespace: string;
      readonly weight: number;
    }
  | { readonly type: 'expect'; readonly expectation: Expectation };

export interface StoryPatch {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly body: readonly unknown[];
}

export type Expectation = DeniedExpectation | RolloutExpectation | HeldExpectation;

export interface DeniedExpectation {
  readonly outcome: 'denied';
  readonly object: KubeObject;
  readonly violations: readonly string[];
}

export interface RolloutExpectation {
  readonly outcome: 'promoted' | 'rolledBack';
  readonly canary: string;
  readonly namespace: string;
  readonly weights: readonly number[];
  readonly image: string;
}

export interface HeldExpectation {
  readonly outcome: 'held';
  readonly canary: string;
  readonly namespace: string;
  readonly window: string;
  readonly intervals: number;
}
