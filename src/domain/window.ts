import type { KubeObject } from './object.ts';
import type { Condition, Gate, LabelSelector } from './policy.ts';

export interface ChangeWindowSpec {
  type: 'Allow' | 'Deny';
  /** A recurrence (RFC 5545, with its IANA zone) or one interval; the end is exclusive. */
  schedule:
    { rrule: string; durationMinutes: number; timeZone: string } | { from: string; to: string };
  /** Which subjects it concerns; absent: all (in its own namespace, or everywhere from Sluice's own). */
  match?: { namespaceSelector?: LabelSelector; objectSelector?: LabelSelector };
  gates?: Gate[];
  inFlight?: 'Hold' | 'Finish';
  reason?: string;
}

export interface ChangeWindow extends KubeObject {
  spec: ChangeWindowSpec;
  status?: {
    observedGeneration?: number;
    /** Start and end of the occurrence that runs or comes next, RFC 3339. */
    active?: string[];
    conditions?: Condition[];
  };
}
