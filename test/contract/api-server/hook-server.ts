import { Buffer } from 'node:buffer';
import { createPrivateKey } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, createKey, issueServing } from '../../../src/tls/authority.ts';
import { answerReview, type ContractServer, type WebhookHandler } from './contract-server.ts';

const DAY = 86_400_000;

/** Webhooks over TLS on 127.0.0.1, for an API server in another process. */
export interface HookServer {
  readonly startWebhook: NonNullable<ContractServer['startWebhook']>;
  close(): void;
}

export async function startHookServer(): Promise<HookServer> {
  const handlers = new Map<string, WebhookHandler>();
  const lifetime = { now: Date.now(), lifetimeMs: DAY };
  const [authorityKey, key] = await Promise.all([createKey(), createKey()]);
  const authority = createAuthority(authorityKey, lifetime);
  const signer = { key: createPrivateKey(authority.key), cert: authority.cert };
  const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const pair = issueServing(signer, key, { ...lifetime, ...names });
  const server = createServer(pair, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const handler = handlers.get(request.url?.split('?')[0] ?? '');
      if (handler === undefined) response.writeHead(404).end();
      else {
        const body = answerReview(handler, Buffer.concat(chunks).toString('utf8'));
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const caBundle = Buffer.from(authority.cert).toString('base64');
  return {
    startWebhook: (path, handler) => {
      handlers.set(path, handler);
      return Promise.resolve({
        clientConfig: { url: `https://127.0.0.1:${port}${path}`, caBundle },
        stop: () => {
          handlers.delete(path);
          return Promise.resolve();
        },
      });
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
