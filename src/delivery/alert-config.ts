/** Where alerts are sent, with everything that the sending needs. */
export interface AlertChannel {
  /** Type of the notifier, as in `AlertProvider.spec.type`. */
  readonly type: string;
  /** URL; a secret. */
  readonly address: string;
  /** Bearer token, '' for none; a secret. */
  readonly token: string;
  /** URL of an HTTP proxy, '' for none. */
  readonly proxy: string;
  readonly username: string;
  readonly channel: string;
}

/** Options about alerts. */
export interface AlertConfig {
  /** Name of the cluster that alerts say; '' for none. */
  readonly clusterName: string;
  /** Gets the alerts of Canaries that list none of their own. */
  readonly global: AlertChannel | undefined;
}

/** No cluster's name, and nobody who gets alerts of Canaries that list none. */
export const NO_ALERTS: AlertConfig = { clusterName: '', global: undefined };
