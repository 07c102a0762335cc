import { lookup } from 'node:dns/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { linkDeadline } from '../../lib/abort.ts';
import type { Clock } from '../../domain/clock.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { OutboundClient, OutboundRequest, OutboundResponse } from '../../domain/transport.ts';
import { compileAddressRules, type OutboundRules } from './address-rules.ts';
import { createApiServerAddresses, hostOf, portOf } from './api-server-addresses.ts';
import type { Resolve, ResolvedAddress } from './api-server-addresses.ts';
import { sendByProxy } from './proxy.ts';
import { redirectOf } from './redirect.ts';

export interface OutboundClientOptions extends OutboundRules {
  readonly clock: Clock;
  /** Base URLs of the API server, which may not be called unless `allow` names it. */
  readonly apiServers?: readonly string[];
  /** Finds the addresses of a host; the system's resolver when absent. */
  readonly resolve?: Resolve;
  readonly userAgent?: string;
}

// Many servers close idle connections after 5 s: ours end first.
const FREE_SOCKET_MS = 4000;
const MAX_SOCKETS = 64;
/** Reserved for documentation: stands for an address that is not known here and is no special one. */
const UNKNOWN_ADDRESS = '203.0.113.1';

/**
 * An outbound client under address rules. What is judged is the address that the connection really goes to, so a name
 * that resolves to something else the next time gains nothing. Redirects are followed on the same host only.
 * @throws SluiceError SLUICE_CONFIG for rules that are not valid
 */
export function createOutboundClient(options: OutboundClientOptions): OutboundClient {
  const { clock, userAgent = 'sluice' } = options;
  const guard = createGuard(options);
  const agents = createAgents();
  return async (request) => {
    const timedOut = (): Error =>
      failure(`no answer within ${request.timeoutMs} ms`, { retryable: true });
    const link = linkDeadline(clock, request.timeoutMs, timedOut, request.signal);
    try {
      const call: Call = { ...request, signal: link.signal, guard, agents, userAgent };
      return await follow(call, targetOf(request.url));
    } catch (error) {
      throw translate(error, link.signal);
    } finally {
      link.release();
    }
  };
}

interface Call extends OutboundRequest {
  readonly guard: Guard;
  readonly agents: Agents;
  readonly userAgent: string;
}

interface Guard {
  /** @throws SluiceError SLUICE_PROVIDER when the address may not be called */
  checkAddress(url: URL): Promise<void>;
  /**
   * The same for what is reached through a proxy, as far as its address is known here.
   * @throws SluiceError SLUICE_PROVIDER when it may not be called
   */
  checkBehindProxy(url: URL): Promise<void>;
  /** Resolves a host of this port for `net.connect` to addresses that may be called. */
  lookupFor(port: number): LookupFunction;
}

interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
  readonly insecure: https.Agent;
}

function createAgents(): Agents {
  const shared = { keepAlive: true, timeout: FREE_SOCKET_MS, maxSockets: MAX_SOCKETS };
  return {
    http: new http.Agent(shared),
    https: new https.Agent(shared),
    insecure: new https.Agent({ ...shared, rejectUnauthorized: false }),
  };
}

function createGuard(options: OutboundClientOptions): Guard {
  const { clock, resolve = resolveBySystem, apiServers = [] } = options;
  const rules = compileAddressRules(options);
  const isApiServer = createApiServerAddresses(apiServers, resolve, clock);
  const refusal = async (
    host: string,
    port: number,
    address: string,
  ): Promise<string | undefined> => {
    const target = { host, port, address };
    return rules.refusal(target, await isApiServer(target));
  };

  async function permitted(host: string, port: number): Promise<ResolvedAddress[]> {
    const addresses: ResolvedAddress[] = [];
    let reason: string | undefined;
    for (const resolved of await resolve(host)) {
      const refused = await refusal(host, port, resolved.address);
      if (refused === undefined) addresses.push(resolved);
      reason ??= refused;
    }
    if (addresses.length === 0) throw refused(host, reason ?? 'without an address');
    return addresses;
  }

  return {
    checkAddress: async (url) => {
      const host = hostOf(url);
      if (isIP(host) === 0) return;
      const reason = await refusal(host, portOf(url), host);
      if (reason !== undefined) throw refused(host, reason);
    },
    checkBehindProxy: async (url) => {
      const host = hostOf(url);
      if (isIP(host) !== 0) return;
      const known = await resolve(host).catch(() => []);
      if (known.length > 0) {
        await permitted(host, portOf(url));
        return;
      }
      // Only the proxy can resolve it: then its name alone is judged.
      const reason = await refusal(host, portOf(url), UNKNOWN_ADDRESS);
      if (reason !== undefined) throw refused(host, reason);
    },
    lookupFor:
      (port) =>
      (host, { all }, callback) => {
        permitted(host, port).then(
          (addresses) => {
            const first = addresses[0] ?? { address: '', family: 4 };
            if (all === true) callback(null, [...addresses]);
            else callback(null, first.address, first.family);
          },
          (error: unknown) => {
            callback(error as NodeJS.ErrnoException, '', 0);
          },
        );
      },
  };
}

async function resolveBySystem(host: string): Promise<ResolvedAddress[]> {
  return lookup(host, { all: true });
}

async function follow(first: Call, start: URL): Promise<OutboundResponse> {
  let call = first;
  let url = start;
  for (let hops = 0; ; hops++) {
    const answer = await exchange(call, url);
    const { statusCode: status = 0, headers } = answer;
    const next = redirectOf({ status, location: headers.location, url, hops });
    if (next === undefined) return readResponse(answer, call.maxBytes);
    answer.destroy();
    if (typeof next === 'string') throw failure(next, { retryable: false });
    url = next.url;
    if (next.becomesGet) call = withoutBody(call);
  }
}

function withoutBody(call: Call): Call {
  const get: OutboundRequest & Call = { ...call, method: 'GET' };
  delete get.body;
  return get;
}

/** Sends; once more when a kept connection turns out to have been closed by the server. */
async function exchange(call: Call, url: URL): Promise<http.IncomingMessage> {
  await call.guard.checkAddress(url);
  if (call.proxy !== undefined) return sendThrough(call, url, proxyOf(call.proxy));
  try {
    return await send(call, url);
  } catch (error) {
    if (!(error instanceof StaleConnectionError) || call.signal.aborted) throw error;
    return send(call, url);
  }
}

async function sendThrough(call: Call, url: URL, proxy: URL): Promise<http.IncomingMessage> {
  const { guard, method, body, signal } = call;
  await guard.checkBehindProxy(url);
  await guard.checkAddress(proxy);
  return sendByProxy({
    url,
    proxy,
    method,
    headers: headersOf(call),
    body,
    insecure: call.insecureSkipVerify === true,
    lookup: guard.lookupFor(portOf(proxy)),
    signal,
  });
}

class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

function send(call: Call, url: URL): Promise<http.IncomingMessage> {
  const isTls = url.protocol === 'https:';
  const secure = call.insecureSkipVerify === true ? call.agents.insecure : call.agents.https;
  const options: https.RequestOptions = {
    method: call.method,
    headers: headersOf(call),
    agent: isTls ? secure : call.agents.http,
    lookup: call.guard.lookupFor(portOf(url)),
    signal: call.signal,
  };
  return new Promise((resolve, reject) => {
    const outgoing = (isTls ? https : http).request(url, options);
    outgoing.once('response', resolve);
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const isStale = outgoing.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '');
      reject(isStale ? new StaleConnectionError('stale', { cause: error }) : error);
    });
    outgoing.end(call.body);
  });
}

function headersOf({ headers, body, userAgent }: Call): http.OutgoingHttpHeaders {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return { 'user-agent': userAgent, ...headers, ...length };
}

async function readResponse(
  answer: http.IncomingMessage,
  maxBytes: number,
): Promise<OutboundResponse> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > maxBytes) break;
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const body = Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
  return { status: answer.statusCode ?? 0, headers, body, truncated: length > maxBytes };
}

function targetOf(text: string): URL {
  return httpUrl(text, 'the address');
}

function proxyOf(text: string): URL {
  return httpUrl(text, 'the proxy');
}

function httpUrl(text: string, what: string): URL {
  const url = URL.parse(text);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw failure(`${what} is not an http or https URL`, { retryable: false });
}

function refused(host: string, reason: string): SluiceError {
  return failure(`calls to ${host} are not allowed: ${reason}`, { retryable: false });
}

function failure(message: string, options: { retryable: boolean; cause?: unknown }): SluiceError {
  return new SluiceError('SLUICE_PROVIDER', message, options);
}

function translate(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof SluiceError) return error;
  const cause = error instanceof StaleConnectionError ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException).code ?? 'no code';
  return failure(`no answer: ${code}`, { retryable: true, cause });
}
