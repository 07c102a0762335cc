import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { SluiceError } from '../../domain/errors.ts';
import type { WebhookCaller, WebhookTarget } from './webhook-caller.ts';

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);
const ANSWER_LIMIT = 8 * 1024 * 1024;

export interface HttpsWebhookCallerOptions {
  /** Where a service listens on this machine; undefined for one that does not. Default: no service does. */
  readonly portOf?: (service: NonNullable<WebhookTarget['service']>) => number | undefined;
}

/**
 * Calls webhooks over TLS, HTTP/1.1 and kept-alive connections; the certificate must be of the configuration's
 * caBundle. Only addresses of this machine are called: the sandbox has no other.
 */
export function createHttpsWebhookCaller(options: HttpsWebhookCallerOptions = {}): WebhookCaller {
  const agents = new Map<string, https.Agent>();
  const agentOf = (caBundle: string | undefined): https.Agent => {
    const known = agents.get(caBundle ?? '');
    if (known !== undefined) return known;
    forgetOldest(agents);
    const made = new https.Agent({
      keepAlive: true,
      timeout: 60_000,
      ...(caBundle === undefined ? {} : { ca: caBundle }),
    });
    agents.set(caBundle ?? '', made);
    return made;
  };
  return async (target, body, _timeoutMs, signal) => {
    const address = addressOf(target, options);
    return post(agentOf(target.caBundle), { ...address, path: target.path, body, signal });
  };
}

const AGENT_LIMIT = 16;

/** Bundles change when certificates are rotated: connections under the oldest ones are of no use any more. */
function forgetOldest(agents: Map<string, https.Agent>): void {
  const [oldest] = agents;
  if (oldest === undefined || agents.size < AGENT_LIMIT) return;
  agents.delete(oldest[0]);
  oldest[1].destroy();
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly servername: string;
}

/** @throws SluiceError when the webhook is not on this machine */
function addressOf(target: WebhookTarget, { portOf }: HttpsWebhookCallerOptions): Address {
  const { url, service } = target;
  if (service !== undefined) {
    const port = portOf?.(service);
    if (port === undefined) throw refused(`service "${service.name}" not found`);
    return { host: '127.0.0.1', port, servername: `${service.name}.${service.namespace}.svc` };
  }
  const parsed = URL.parse(url ?? '');
  if (parsed?.protocol !== 'https:') throw refused('the webhook has no https URL');
  if (!LOOPBACK.has(parsed.hostname)) throw refused('the sandbox calls webhooks on 127.0.0.1 only');
  const host = parsed.hostname.replaceAll(/[[\]]/g, '');
  // An address is no server name; the certificate is then checked against the address.
  return { host, port: Number(parsed.port || 443), servername: host === 'localhost' ? host : '' };
}

function refused(message: string): SluiceError {
  return new SluiceError('SLUICE_UNSUPPORTED', message);
}

function post(
  agent: https.Agent,
  call: Address & { path: string; body: string; signal: AbortSignal },
): Promise<{ status: number; body: string }> {
  const { host, port, servername, path, body, signal } = call;
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        agent,
        host,
        port,
        path,
        signal,
        ...(servername === '' ? {} : { servername }),
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        textOf(response).then((text) => {
          resolve({ status: response.statusCode ?? 0, body: text });
        }, reject);
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > ANSWER_LIMIT) throw refused('the answer of the webhook is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
