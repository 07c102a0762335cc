/** Which of the two review paths. */
export type ReviewPath = 'mutate' | 'validate';

/** Why a request on the review port was not decided. */
export type RejectReason =
  | 'unknown-path'
  | 'bad-method'
  | 'bad-content-type'
  | 'too-large'
  | 'too-many'
  | 'too-late'
  | 'aborted'
  | 'malformed'
  | 'not-ready'
  | 'internal';

/** What the review path and the registration count. */
export interface AdmissionMetrics {
  /** @param seconds from the whole request to the answer */
  answered(path: ReviewPath, verdict: string, seconds: number): void;
  rejected(reason: RejectReason): void;
  /** The webhook configurations had been changed by others and were put right. */
  repaired(): void;
}

/** Counts nothing. */
export const noMetrics: AdmissionMetrics = {
  answered: () => undefined,
  rejected: () => undefined,
  repaired: () => undefined,
};
