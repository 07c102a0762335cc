/** One HTTP request inside the sandbox; header names are lower case. `path` holds the query string. */
export interface NetworkRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** Its answer; header names are lower case. */
export interface NetworkAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers one request. A rejection is answered with 500 by the network. */
export type NetworkHandler = (request: NetworkRequest) => Promise<NetworkAnswer>;

export interface NetworkListener {
  readonly host: string;
  readonly port: number;
  /** Stops listening; requests in flight are answered, new ones refused. */
  close(): Promise<void>;
}

/**
 * How the sandbox's pods, gateway and metric server reach each other: sockets on this machine, or direct calls under
 * a virtual clock. Nothing else in the sandbox knows which.
 */
export interface SandboxNetwork {
  /** @param options.port the port to listen on; the network may choose another when it is taken or cannot be given */
  listen(handler: NetworkHandler, options: { port: number }): Promise<NetworkListener>;
  /**
   * Sends one request.
   * @param address `host:port`
   * @throws SluiceError SLUICE_PROVIDER when nobody answered
   */
  request(address: string, request: NetworkRequest): Promise<NetworkAnswer>;
  /** Closes what is still open. */
  close(): Promise<void>;
}
