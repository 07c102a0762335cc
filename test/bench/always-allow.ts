/** The webhook to compare with: it reads the review, and allows. Talks by IPC as webhook-server.ts does. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { systemClock as clock } from '../../src/domain/clock.ts';
import { createAuthority, createKey, issueServing } from '../../src/tls/authority.ts';

const at = { now: clock.now(), lifetimeMs: 86_400_000 };
const [caKey, key] = await Promise.all([createKey(), createKey()]);
const authority = createAuthority(caKey, at);
const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
const pair = issueServing({ key: caKey, cert: authority.cert }, key, { ...names, ...at });

const server = createServer(
  { key: pair.key, cert: pair.cert, keepAlive: true },
  (request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (text += chunk));
    request.on('end', () => {
      const { uid } = (JSON.parse(text) as { request: { uid: string } }).request;
      const body = JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid, allowed: true },
      });
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(body);
    });
  },
);
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port, ca: authority.cert });
});
process.on('disconnect', () => {
  process.exit(0);
});
