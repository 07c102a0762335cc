/** The process that is measured: real TLS, codec, engine and CEL, with caches that stand still. Talks by IPC. */
import { createReviewHandler } from '../../src/admission/review-handler.ts';
import { createReviewServer } from '../../src/admission/review-server.ts';
import { systemClock as clock } from '../../src/domain/clock.ts';
import { silentLogger as logger } from '../../src/domain/logger.ts';
import { evaluateWindows } from '../../src/governance/windows.ts';
import { createPolicyEngine } from '../../src/policy/policy-engine.ts';
import { staticCache } from '../../src/policy/static-cache.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { admissionRecorder } from '../../src/app/recorders.ts';
import { createAuthority, createKey, issueServing } from '../../src/tls/authority.ts';
import { benchPolicies, type Layout } from './webhook-fixture.ts';

const at = { now: clock.now(), lifetimeMs: 86_400_000 };
const [caKey, key] = await Promise.all([createKey(), createKey()]);
const authority = createAuthority(caKey, at);
const issuer = { key: caKey, cert: authority.cert };
const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
const material = { ...issueServing(issuer, key, { ...names, ...at }), caBundle: authority.cert };

const { policies, bindings } = benchPolicies(process.argv[2] as Layout | undefined);
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { 'sluice.dev/governed': 'true' } },
};
const engine = createPolicyEngine({
  policies: staticCache(policies),
  bindings: staticCache(bindings),
  windows: staticCache([]),
  namespaces: staticCache([namespace]),
  evaluateWindows,
  clock,
  freshnessMs: 180_000,
  systemNamespace: 'sluice-system',
  logger,
});
const { notCompiling } = engine.status();
if (notCompiling.length > 0) throw new Error(`does not compile: ${JSON.stringify(notCompiling)}`);

// As in production: one line a denied review, to nowhere.
const reviewLogger = createLogger({ level: 'info', destination: { write: () => true } });
const metrics = admissionRecorder(createMetrics());
const server = createReviewServer({
  handler: createReviewHandler({
    engine,
    clock,
    logger: reviewLogger,
    metrics,
    executorUsernames: ['system:serviceaccount:sluice-system:sluice-controller'],
  }),
  certificate: { current: () => material, subscribe: () => () => undefined },
  clock,
  logger,
  metrics,
});
const port = await server.listen(0, '127.0.0.1');
send({ port, ca: authority.cert });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  send({ rss: process.memoryUsage().rss, cpuMs: (user + system) / 1000 });
});
process.on('disconnect', () => {
  process.exit(0);
});

function send(message: object): void {
  process.send?.(message);
}
