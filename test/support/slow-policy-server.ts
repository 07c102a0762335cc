/**
 * A process of the webhook, its probes and a leader's Lease, with one policy that uses all of its budget on every
 * Deployment. Talks by IPC: tells its ports first, and how it fared when asked.
 */
import { fairHandler } from '../../src/admission/fair-handler.ts';
import { noMetrics } from '../../src/admission/metrics.ts';
import { createReviewHandler } from '../../src/admission/review-handler.ts';
import { createReviewServer } from '../../src/admission/review-server.ts';
import { systemClock as clock } from '../../src/domain/clock.ts';
import { silentLogger as logger } from '../../src/domain/logger.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../src/domain/policy.ts';
import { evaluateWindows } from '../../src/governance/windows.ts';
import { createHttpServer } from '../../src/http/http-server.ts';
import { createLeaderElector } from '../../src/kube/leader-elector.ts';
import { createObjectClient } from '../../src/kube/object-client.ts';
import { whenAborted } from '../../src/lib/abort.ts';
import { createPolicyEngine } from '../../src/policy/policy-engine.ts';
import { staticCache } from '../../src/policy/static-cache.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../src/sandbox/api-server/api-server.ts';
import { createHealth } from '../../src/telemetry/health.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createAuthority, createKey, issueServing } from '../../src/tls/authority.ts';

const DIGITS = '[0,1,2,3,4,5,6,7,8,9]';
/** Regular expressions are the slowest that the same cost buys. */
const BOMB = ['a', 'b', 'c', 'd', 'e'].reduceRight(
  (inner, name) => `${DIGITS}.all(${name}, ${inner})`,
  "!object.metadata.name.matches('^(x|y|z)*' + string(a) + string(b) + string(c) + string(d) + string(e))",
);

function policy(name: string, resource: string, expressions: readonly string[]): RolloutPolicy {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: [resource] },
        ],
      },
      validations: expressions.map((expression) => ({ expression })),
    },
  };
}

const policies = [
  policy('a-bomb', 'deployments', Array<string>(20).fill(BOMB)),
  policy('b-name', '*', ["object.metadata.name != 'forbidden'"]),
];
const bindings = policies.map(({ metadata: { name } }): RolloutPolicyBinding => ({
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutPolicyBinding',
  metadata: { name },
  spec: { policyName: name, validationActions: ['Deny'] },
}));
const engine = createPolicyEngine({
  policies: staticCache(policies),
  bindings: staticCache(bindings),
  windows: staticCache([]),
  namespaces: staticCache([]),
  evaluateWindows,
  clock,
  freshnessMs: 180_000,
  systemNamespace: 'sluice-system',
  logger,
  // Shorter than in a cluster, so that a busy machine has room.
  deadlineMs: 400,
});

const at = { now: clock.now(), lifetimeMs: 86_400_000 };
const [caKey, key] = await Promise.all([createKey(), createKey()]);
const authority = createAuthority(caKey, at);
const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
const material = {
  ...issueServing({ key: caKey, cert: authority.cert }, key, { ...names, ...at }),
  caBundle: authority.cert,
};
const handler = createReviewHandler({ engine, clock, logger, executorUsernames: [] });
const reviews = createReviewServer({
  handler: fairHandler(handler, { clock, maxWaitMs: 1000 }),
  certificate: { current: () => material, subscribe: () => () => undefined },
  clock,
  logger,
  metrics: noMetrics,
});
const health = createHealth();
const probes = createHttpServer({ health, metrics: createMetrics(), logger, clock });

const api = createApiServer({
  clock,
  random: Math.random,
  callWebhook: () => Promise.reject(new Error('connection refused')),
});
const terms: string[] = [];
const elector = createLeaderElector({
  client: createObjectClient({ transport: api.transport(SANDBOX_ADMIN), fieldManager: 'test' }),
  clock,
  random: Math.random,
  logger,
  lease: { namespace: 'default', name: 'sluice-controller' },
  identity: 'one',
  leaseDurationMs: 4000,
  renewDeadlineMs: 3000,
  retryPeriodMs: 500,
});
const ended = new AbortController();
void elector.run(ended.signal, async (leading) => {
  terms.push('won');
  await whenAborted(leading);
  terms.push('lost');
});

const [port, probePort] = await Promise.all([
  reviews.listen(0, '127.0.0.1'),
  probes.listen(0, '127.0.0.1').then((listening) => listening.port),
]);
process.on('message', () => {
  process.send?.({ terms, isLeader: elector.isLeader });
});
process.on('disconnect', () => {
  process.exit(0);
});
process.send?.({ port, probePort, ca: authority.cert });
