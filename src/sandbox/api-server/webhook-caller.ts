/** What a webhook's clientConfig points to; exactly one of `url` and `service` is set. */
export interface WebhookTarget {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path: string;
    readonly port: number;
  };
  /** PEM certificates, decoded from the configuration's base64. */
  readonly caBundle?: string;
  /** Path and query string to ask for, e.g. `/validate?timeout=3s`. */
  readonly path: string;
}

/**
 * Posts an AdmissionReview (JSON) to a webhook. Any HTTP status is an answer; a rejection means that none came and its
 * message is shown to the writer.
 * @param timeoutMs how long the server waits; it aborts the signal itself when it is over
 */
export type WebhookCaller = (
  target: WebhookTarget,
  body: string,
  timeoutMs: number,
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly body: string }>;
