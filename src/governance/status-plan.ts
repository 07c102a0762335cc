/** An event that is to be recorded. */
export interface Told {
  readonly level: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What the leader is to do about an object. */
export interface StatusPlan<S> {
  /** The whole status that it should have. */
  readonly status: S;
  readonly told: readonly Told[];
  /** Instants (nanoseconds since the Unix epoch) at which this may change by itself; past ones do not count. */
  readonly instants: readonly bigint[];
}
