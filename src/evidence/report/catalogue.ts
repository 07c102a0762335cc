/**
 * What can come out of admission and rollouts as evidence: D decision records, A approvals, T analysis results,
 * R rollback records, P history of policies, X exceptions and their review, L proofs of the log, I inventory of what
 * ran, G health and coverage gaps of Sluice itself.
 */
export type EvidenceCode = 'D' | 'A' | 'T' | 'R' | 'P' | 'X' | 'L' | 'I' | 'G';

/** How far such evidence goes for a control objective: all of it (for workloads in Kubernetes), a part, or support. */
export type Coverage = 'full' | 'partial' | 'supporting';

/** A control objective of a framework: its real identifier, and a title of our own. */
export interface Control {
  readonly id: string;
  readonly title: string;
  /** The most that Sluice can evidence, whatever policies there are. */
  readonly coverage: Coverage;
  readonly evidence: readonly EvidenceCode[];
  /** What the organisation still has to show, one sentence each. */
  readonly organisation: readonly string[];
  /** A caution that belongs beside the control. */
  readonly note?: string;
}

/** The controls of one framework to which a rollout controller can contribute. */
export interface Catalogue {
  /** As policies write it in `spec.standards[].id`. */
  readonly id: string;
  /** As the command line has it. */
  readonly shortName: string;
  readonly title: string;
  /** Whose text the framework is, and why none of it stands here. */
  readonly source: string;
  readonly controls: readonly Control[];
  /** Identifiers of the framework that exist, or have the form of such, and have no entry here. */
  readonly otherControls: RegExp;
}

/** What each evidence code stands for, in the order of reports. */
export const EVIDENCE_TITLES: Readonly<Record<EvidenceCode, string>> = {
  D: 'decisions: who, what, which policy, verdict and why (audit annotations, RolloutRuns)',
  A: 'approvals bound to what was approved (Approvals)',
  T: 'results of the analysis in production (RolloutRuns)',
  R: 'rollbacks and how long they took (RolloutRuns)',
  P: 'history of the policies (Git)',
  X: 'exceptions and emergencies with their review (PolicyExceptions)',
  L: 'proofs that records were not altered (not made by this version)',
  I: 'inventory of what ran and when (RolloutRuns)',
  G: 'health and coverage gaps of Sluice itself (metrics, conditions)',
};
