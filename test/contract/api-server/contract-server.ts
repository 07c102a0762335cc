import type { Transport } from '../../../src/domain/transport.ts';

/** An AdmissionReview's request and the response to it, read loosely. */
export type WebhookHandler = (request: Record<string, unknown>) => Record<string, unknown>;

/** A webhook that the server under test can reach. */
export interface ContractWebhook {
  /** `clientConfig` of the webhook. */
  readonly clientConfig: Record<string, unknown>;
  stop(): Promise<void>;
}

/** A server under test: the in-memory one, or a real kube-apiserver. */
export interface ContractServer {
  readonly transport: Transport;
  /** Serves AdmissionReviews at the path; absent where no webhook can be reached. */
  readonly startWebhook?: (path: string, handler: WebhookHandler) => Promise<ContractWebhook>;
  /** Makes the server forget older revisions, the first among them; absent where that cannot be brought about. */
  readonly forgetHistory?: () => Promise<void>;
  /** A continue token of a revision that is forgotten, from one of a present revision. */
  readonly aged: (token: string) => string;
  /** Which of the two servers it is; known differences depend on it. */
  readonly kind: 'sandbox' | 'kube-apiserver';
  close(): Promise<void>;
}

export type MakeServer = () => Promise<ContractServer>;

/** The AdmissionReview that answers one, by a handler. */
export function answerReview(handler: WebhookHandler, body: string): string {
  const { request } = JSON.parse(body) as { request: Record<string, unknown> };
  const response = { uid: request['uid'], ...handler(request) };
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
  return JSON.stringify(review);
}
