import type { ObjectKey } from './object.ts';

/** When to look again anyway; absent: only when something changes. */
export interface ReconcileResult {
  readonly requeueAfterMs?: number;
}

/**
 * Brings one object towards what it asks for, whatever has happened since the last time. The key is a name, never an
 * event. When it rejects, the result is ignored and the key is tried again with exponential backoff, unless the error
 * is a `SluiceError` that is not retryable: then only a change of the object brings it back. When it resolves, the
 * backoff of the key is cleared. Calls for one key never overlap.
 */
export interface Reconciler {
  reconcile(key: ObjectKey, signal: AbortSignal): Promise<ReconcileResult>;
}
