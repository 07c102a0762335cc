import express, { type ErrorRequestHandler, type Express } from 'express';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleep, type Clock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Logger } from '../domain/logger.ts';
import { formatHealth, type Health, type HealthReport } from '../telemetry/health.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { mountGates } from './gates/mount-gates.ts';
import type { GateDoor } from './gates/gate-door.ts';

export interface HttpServerOptions {
  readonly health: Health;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Serves /gates; undefined is answered 503: not there yet. Absent: the process serves no gates. */
  readonly gates?: () => GateDoor | undefined;
}

/** The server of probes, metrics and gates. */
export interface HttpServer {
  /**
   * @param address '' for every address of the machine
   * @param port 0 for any free one
   * @throws SluiceError SLUICE_CONFIG when the port cannot be had
   */
  listen(port: number, address: string): Promise<{ port: number }>;
  /** Takes no new connections, lets requests in flight finish for two seconds, then ends them. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024;
const HEADERS_TIMEOUT_MS = 5000;
const REQUEST_TIMEOUT_MS = 10_000;
const CLOSE_GRACE_MS = 2000;

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Route = (query: { verbose: boolean }) => Answer | Promise<Answer>;

/** Makes the server; it does not listen yet. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const routes = routesOf(options);
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    createApplication(routes, options),
  );
  return {
    listen: (port, address) => listen(server, port, address),
    close: () => close(server, options.clock),
  };
}

function routesOf({ health, metrics }: HttpServerOptions): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['/livez', ({ verbose }) => probe(health.live(), 'livez', verbose)],
    ['/readyz', ({ verbose }) => probe(health.ready(), 'readyz', verbose)],
    [
      '/metrics',
      async () => {
        metrics.set('sluice_ready', {}, health.ready().ok ? 1 : 0);
        return { status: 200, ...(await metrics.expose()) };
      },
    ],
  ]);
}

function probe(report: HealthReport, name: string, verbose: boolean): Answer {
  return {
    status: report.ok ? 200 : 503,
    contentType: 'text/plain; charset=utf-8',
    body: verbose || !report.ok ? formatHealth(report, name) : 'ok\n',
  };
}

function createApplication(
  routes: ReadonlyMap<string, Route>,
  { logger, gates }: HttpServerOptions,
): Express {
  const application = express();
  application.disable('x-powered-by');
  application.disable('etag');
  application.set('query parser', 'simple');
  application.use((request, response, next) => {
    response.set('x-content-type-options', 'nosniff');
    response.set('cache-control', 'no-store');
    if (Number(request.headers['content-length'] ?? 0) <= MAX_BODY_BYTES) {
      next();
      return;
    }
    response.set('connection', 'close');
    response.status(413).json({ error: 'body too large', limit: MAX_BODY_BYTES });
  });
  for (const [path, route] of routes) {
    application.get(path, async (request, response) => {
      const answer = await route({ verbose: 'verbose' in request.query });
      response.status(answer.status).set('content-type', answer.contentType).send(answer.body);
    });
    application.all(path, (_request, response) => {
      response.status(405).set('allow', 'GET, HEAD').json({ error: 'method not allowed' });
    });
  }
  if (gates !== undefined) mountGates(application, gates, MAX_BODY_BYTES);
  application.use((_request, response) => {
    const known = [...routes.keys()].map((path) => `GET ${path}`);
    if (gates !== undefined) known.push('POST /gates/<gate>/<token>');
    response.status(404).json({ error: 'not found', routes: known });
  });
  application.use(errorHandler(logger));
  return application;
}

function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = (error as { status?: unknown }).status;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      response.status(status).json({ error: 'bad request' });
      return;
    }
    logger.error({ error }, 'request failed');
    response.status(500).json({ error: 'internal error' });
  };
}

function listen(server: Server, port: number, address: string): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      const code = error.code ?? 'error';
      reject(new SluiceError('SLUICE_CONFIG', `cannot listen on HTTP port ${port}: ${code}`));
    };
    server.once('error', onError);
    server.listen({ port, ...(address === '' ? {} : { host: address }) }, () => {
      server.off('error', onError);
      resolve({ port: (server.address() as AddressInfo).port });
    });
  });
}

async function close(server: Server, clock: Clock): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeIdleConnections();
  const grace = new AbortController();
  await Promise.race([
    closed.then(() => {
      grace.abort();
    }),
    sleep(clock, CLOSE_GRACE_MS, grace.signal).catch(() => undefined),
  ]);
  server.closeAllConnections();
  await closed;
}
