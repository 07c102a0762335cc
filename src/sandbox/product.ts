import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { OutboundClient, Transport } from '../domain/transport.ts';

/** What the sandbox gives the product to run in. */
export interface ProductSurroundings {
  /** To the API server, as the product's own user. */
  readonly transport: Transport;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Carries hooks and metric queries; absent: the product's own sockets. */
  readonly outbound?: OutboundClient;
  readonly signal: AbortSignal;
}

/** The product under way: webhook registered and answering, controller running. */
export interface Product {
  /**
   * Answers an admission call-out without a socket, as over TLS.
   * @param path of the webhook's URL, with its query string
   * @param body an AdmissionReview, JSON
   */
  review(
    path: string,
    body: string,
    signal: AbortSignal,
  ): Promise<{ status: number; body: string }>;
  stop(): Promise<void>;
}

/** Starts the product and resolves when it is ready. The composition root gives this to the sandbox. */
export type StartProduct = (surroundings: ProductSurroundings) => Promise<Product>;
