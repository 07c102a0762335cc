import type { Approval } from '../../domain/approval.ts';
import type { PolicyException } from '../../domain/exception.ts';
import type { KubeObject, ResourceType } from '../../domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../domain/policy.ts';

/** What a report is made from, wherever it was read. */
export interface ReportWorld {
  /** In words. */
  readonly source: string;
  readonly policies: readonly RolloutPolicy[];
  readonly bindings: readonly RolloutPolicyBinding[];
  readonly namespaces: readonly KubeObject[];
  readonly exceptions: readonly PolicyException[];
  readonly approvals: readonly Approval[];
  /** Objects that are examined. */
  readonly objects: readonly { readonly type: ResourceType; readonly object: KubeObject }[];
  /** What parameters are looked up among; undefined: nothing is known of a kind. */
  readonly params: (apiVersion: string, kind: string) => readonly KubeObject[] | undefined;
  /** Whether Sluice's webhook is registered; undefined: not known. */
  readonly isAdmissionRegistered?: boolean;
  /** What could not be read, a sentence each. */
  readonly unseen: readonly string[];
}
