/** One HTTP request to the API server, below authentication. `path` holds the query string. */
export interface TransportRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  signal: AbortSignal;
}

/** Its answer; header names are lower case. `body` yields the bytes as they come, which a watch needs. */
export interface TransportResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: AsyncIterable<Uint8Array>;
}

/**
 * Carries requests to the API server: over TLS in a cluster, by a direct call to the in-memory server in a rehearsal.
 * Rejects when no answer came; any HTTP status is an answer.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** An outbound call to a hook, metric server or other outside address. */
export interface OutboundRequest {
  method: 'GET' | 'POST';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  timeoutMs: number;
  /** Bytes of the answer that are read; the rest is cut off and `truncated` set. */
  maxBytes: number;
  /** Skip verification of the server's certificate (Flagger's `disableTLS`). */
  insecureSkipVerify?: boolean;
  /** URL of an HTTP proxy to go by; address rules hold for both. */
  proxy?: string;
  signal: AbortSignal;
}

export interface OutboundResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
  truncated: boolean;
}

/** Makes outbound calls under the address rules of the configuration. Rejects with `SLUICE_PROVIDER` when none came. */
export type OutboundClient = (request: OutboundRequest) => Promise<OutboundResponse>;
