import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import { parseGoDuration } from '../lib/duration.ts';
import type { AdmissionMetrics, RejectReason } from './metrics.ts';
import { routeOf } from './paths.ts';
import { Deadlines } from './deadlines.ts';
import { readBody } from './read-body.ts';
import { failedReview, unknownPath } from './review-failure.ts';
import type { ReviewHandler } from './review-handler.ts';

/** What a server needs of a certificate; `ServingCertificate` of src/tls has it. */
export interface CertificateSource {
  current(): { readonly key: string; readonly cert: string; readonly caBundle: string };
  /** Calls the listener after each change; returns the unsubscribe function. */
  subscribe(listener: () => void): () => void;
}

interface ReviewLimits {
  /** Bytes of a request body; default 7 MiB, above what the API server can send. */
  readonly maxBodyBytes: number;
  /** Requests in work at the same time; further ones are answered 429 at once. Default 256. */
  readonly maxConcurrent: number;
  /** Milliseconds from the first byte of a request to its answer; below the webhook's time-out. Default 2500. */
  readonly deadlineMs: number;
}

export interface ReviewServerOptions {
  readonly handler: ReviewHandler;
  readonly certificate: CertificateSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: AdmissionMetrics;
  readonly limits?: Partial<ReviewLimits>;
  /** PEM of the authority whose client certificates are asked for; absent: clients need none. */
  readonly clientCa?: string;
}

/** The review port. */
export interface ReviewServer {
  /**
   * Starts listening.
   * @param address empty: every address of the machine
   * @returns the port, which is the one asked for unless that was 0
   */
  listen(port: number, address: string): Promise<number>;
  /** No new connections; what is in work is answered, idle connections are closed. Resolves when all are gone. */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: ReviewLimits = {
  maxBodyBytes: 7 * 1024 * 1024,
  maxConcurrent: 256,
  deadlineMs: 2500,
};
/** Connections; the API server keeps a handful, everything beyond is somebody else. */
const MAX_CONNECTIONS = 2048;
/** Longer than the API server keeps an idle connection (90 s), so that it is the one that closes. */
const KEEP_ALIVE_MS = 120_000;
/** Milliseconds for the headers of a request, and for all of it. */
const HEADERS_MS = 5000;
const REQUEST_MS = 10_000;
const JSON_TYPE = 'application/json';
/** Connections that end in the middle of a request: counted where the body is read. */
const CUT_OFF: ReadonlySet<string> = new Set(['ECONNRESET', 'HPE_INVALID_EOF_STATE']);

/** Makes the review port: `node:https` without a framework (ADR 6), TLS 1.3, HTTP/1.1. */
export function createReviewServer(options: ReviewServerOptions): ReviewServer {
  return new TlsReviewServer(options);
}

class TlsReviewServer implements ReviewServer {
  readonly #options: ReviewServerOptions;
  readonly #limits: ReviewLimits;
  readonly #server: Server;
  readonly #unsubscribe: () => void;
  readonly #deadlines: Deadlines;
  #inFlight = 0;
  #closing = false;
  #lastUrl = '';
  #lastDeadline = 0;

  constructor(options: ReviewServerOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock);
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#server = createServer(
      {
        ...this.#secureContext(),
        ALPNProtocols: ['http/1.1'],
        ...(options.clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
        keepAlive: true,
        noDelay: true,
        keepAliveTimeout: KEEP_ALIVE_MS,
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        connectionsCheckingInterval: 1000,
        maxHeaderSize: 32 * 1024,
      },
      (request, response) => {
        this.#handle(request, response);
      },
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
      options.logger.debug({ errno: error.code }, 'a TLS handshake failed');
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (!CUT_OFF.has(error.code ?? '')) options.metrics.rejected('malformed');
      socket.destroy();
    });
    this.#unsubscribe = options.certificate.subscribe(() => {
      this.#swap();
    });
  }

  listen(port: number, address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const host = address === '' ? {} : { host: address };
      this.#server.listen({ port, ...host }, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  close(): Promise<void> {
    this.#closing = true;
    this.#unsubscribe();
    const last = this.#options.clock.setTimer(() => {
      this.#server.closeAllConnections();
    }, this.#limits.deadlineMs);
    return new Promise((resolve) => {
      this.#server.close(() => {
        last.cancel();
        this.#deadlines.clear();
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }

  #secureContext(): { key: string; cert: string; minVersion: 'TLSv1.3'; ca?: string } {
    const { key, cert } = this.#options.certificate.current();
    const { clientCa } = this.#options;
    return {
      key,
      cert,
      minVersion: 'TLSv1.3',
      ...(clientCa === undefined ? {} : { ca: clientCa }),
    };
  }

  /** New connections get the new certificate; those that are open keep the old one. */
  #swap(): void {
    try {
      this.#server.setSecureContext(this.#secureContext());
      this.#options.logger.info({}, 'serving certificate loaded');
    } catch (error) {
      this.#options.logger.error({ error }, 'the serving certificate could not be loaded');
    }
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    const refused = this.#refusalOf(request, url);
    if (refused !== undefined) {
      this.#reject(response, refused);
      return;
    }
    this.#inFlight += 1;
    const limits = { maxBytes: this.#limits.maxBodyBytes, deadlineMs: this.#deadlineOf(url) };
    readBody(request, limits, this.#deadlines, (result) => {
      this.#inFlight -= 1;
      if (result.ok) this.#answer(response, url, result.body);
      else this.#reject(response, result.reason);
    });
  }

  /** What can be said without the body. */
  #refusalOf(request: IncomingMessage, url: string): RejectReason | undefined {
    if (routeOf(url) === undefined) return 'unknown-path';
    if (request.method !== 'POST') return 'bad-method';
    const type = request.headers['content-type'] ?? '';
    const isJson = type === JSON_TYPE || /^application\/json\s*(?:;|$)/i.test(type);
    if (!isJson) return 'bad-content-type';
    return this.#inFlight >= this.#limits.maxConcurrent ? 'too-many' : undefined;
  }

  /** Callers use few URLs, so that the last one's deadline is mostly the next one's. */
  #deadlineOf(url: string): number {
    if (url !== this.#lastUrl) {
      this.#lastUrl = url;
      this.#lastDeadline = deadlineOf(url, this.#limits.deadlineMs);
    }
    return this.#lastDeadline;
  }

  #answer(response: ServerResponse, url: string, body: string): void {
    const answer = this.#options.handler(url, body);
    if (!(answer instanceof Promise)) {
      this.#send(response, answer.status, answer.body);
      return;
    }
    this.#inFlight += 1;
    void answer.then((given) => {
      this.#inFlight -= 1;
      this.#send(response, given.status, given.body);
    });
  }

  #reject(response: ServerResponse, reason: RejectReason): void {
    this.#options.metrics.rejected(reason);
    if (reason === 'aborted') {
      response.destroy();
      return;
    }
    if (reason === 'unknown-path') {
      const { status, body } = unknownPath();
      this.#send(response, status, body);
      return;
    }
    const { code, name, message } = REJECTIONS[reason];
    if (reason === 'bad-method') response.setHeader('allow', 'POST');
    if (reason === 'too-many') response.setHeader('retry-after', '1');
    if (reason === 'too-late') response.setHeader('connection', 'close');
    this.#send(response, code, failedReview('', code, name, message));
  }

  #send(response: ServerResponse, status: number, body: string): void {
    if (response.destroyed) return;
    if (this.#closing) response.setHeader('connection', 'close');
    response.writeHead(status, {
      'content-type': JSON_TYPE,
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  }
}

type Described = Exclude<RejectReason, 'aborted' | 'unknown-path'>;

const REJECTIONS: Readonly<Record<Described, { code: number; name: string; message: string }>> = {
  'bad-method': { code: 405, name: 'MethodNotAllowed', message: 'reviews are sent by POST' },
  'bad-content-type': {
    code: 415,
    name: 'UnsupportedMediaType',
    message: 'the content type must be application/json',
  },
  'too-large': { code: 413, name: 'RequestEntityTooLarge', message: 'the body is too large' },
  'too-many': { code: 429, name: 'TooManyRequests', message: 'too many reviews at the same time' },
  'too-late': { code: 504, name: 'Timeout', message: 'the body did not arrive in time' },
  malformed: { code: 400, name: 'BadRequest', message: 'the body is not UTF-8' },
  'not-ready': { code: 503, name: 'ServiceUnavailable', message: 'not ready' },
  internal: { code: 500, name: 'InternalError', message: 'Sluice failed; its log says how' },
};

/** Our own deadline, or a little less than the time-out that the API server names in the query. */
function deadlineOf(url: string, limitMs: number): number {
  const asked = parseGoDuration(/[?&]timeout=([^&]*)/.exec(url)?.[1] ?? '');
  return asked === undefined || asked <= 0 ? limitMs : Math.min(limitMs, asked * 0.85);
}
