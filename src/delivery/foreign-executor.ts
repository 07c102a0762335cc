import type { KubeObject } from '../domain/object.ts';

/** Field manager of Flagger's writes: the name of its program. */
const FLAGGER_MANAGER = 'flagger';
/** Flagger writes nothing while nothing happens: silence of this length after its last write counts as absence. Milliseconds. */
const QUIET_MS = 300_000;

/** What keeps another controller's hands off: admission, while it answers, and whether that controller is seen to live. */
export interface Fence {
  /** Whether admission refuses what Flagger writes. */
  readonly closed: boolean;
  /** What shows that a Flagger lives, as a sentence's subject and verb; undefined while nothing does. */
  foreignSign(): string | undefined;
}

/**
 * Whether another controller writes the status of one Canary while this process watches: seen by the time of its entry
 * among the managed fields, which the API server keeps. What it wrote before counts for nothing.
 */
export class ForeignExecutor {
  #stamp: string | undefined;
  #seenAt: number | undefined;
  /** Whether it was told. */
  told = false;

  /** @param now milliseconds since the Unix epoch */
  saw({ metadata }: KubeObject, now: number): void {
    const { managedFields = [] } = metadata as {
      managedFields?: { manager?: string; subresource?: string; time?: string }[];
    };
    const entry = managedFields.find(
      ({ manager, subresource }) => manager === FLAGGER_MANAGER && subresource === 'status',
    );
    const stamp = entry?.time ?? '';
    if (this.#stamp !== undefined && this.#stamp !== stamp && stamp !== '') this.#seenAt = now;
    this.#stamp = stamp;
  }

  isLive(now: number): boolean {
    return this.#seenAt !== undefined && now - this.#seenAt < QUIET_MS;
  }
}
