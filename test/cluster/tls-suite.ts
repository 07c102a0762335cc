import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { createAuthority, createKey, issueServing } from '../../src/tls/authority.ts';
import { readBundle } from '../../src/tls/ca-bundle.ts';
import type { ApiObject } from './api.ts';
import { SYSTEM_NAMESPACE } from './install.ts';
import { expect } from './report.ts';
import type { SuiteContext } from './suite.ts';
import { waitFor } from './wait.ts';
import { WriteProbe } from './write-probe.ts';

const NAMESPACE = 'tls';
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
const SECRETS = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/secrets`;
const SECRET = `${SECRETS}/sluice-webhook-tls`;
const PODS = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods`;
const CONFIGURATION =
  '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sluice';
/** A replica looks at the Secret about once a minute. */
const LOOK_MS = 100_000;
const SERVICE = `sluice-webhook.${SYSTEM_NAMESPACE}`;
const NAMES = {
  dnsNames: [`${SERVICE}.svc`, SERVICE, `${SERVICE}.svc.cluster.local`],
  ipAddresses: [],
};
const DAY_MS = 86_400_000;

/** What becomes of the certificates' Secret under a stream of writes, none of which may be refused. */
export async function tlsSuite(context: SuiteContext): Promise<void> {
  const { report, cluster } = context;
  const labels = { 'sluice.dev/governed': 'true' };
  await cluster.api.create('/api/v1/namespaces', { metadata: { name: NAMESPACE, labels } });
  await cluster.api.create(DEPLOYMENTS, deployment());
  await report.check('tls: the Secret is deleted: a new authority joins the old one', () =>
    withoutRefusal(context, () => deleteSecret(context)),
  );
  await report.check(
    'tls: the Secret becomes that of another authority, and replicas restart',
    () => withoutRefusal(context, () => replaceSecret(context)),
  );
}

/** Writes all the while, by the API server's kept-alive connections and by kubectl. */
async function withoutRefusal(
  { cluster, kubectl }: SuiteContext,
  work: () => Promise<string>,
): Promise<string> {
  const probes = [1, 2].map(() => new WriteProbe(cluster.api, `${DEPLOYMENTS}/web?dryRun=All`));
  let isOver = false;
  let applied = 0;
  const apply = async (): Promise<void> => {
    for (; !isOver; applied++) {
      await kubectl(['apply', '--dry-run=server', '-f', '-'], JSON.stringify(deployment(applied)));
    }
  };
  const applying = apply();
  // Its end is awaited below; until then a failure is not unhandled.
  applying.catch(() => undefined);
  const outcome = await work().finally(() => {
    isOver = true;
  });
  const results = await Promise.all(probes.map((probe) => probe.stop()));
  await applying;
  const messages = results.flatMap((result) => result.messages);
  expect(messages.length === 0, `writes were refused: ${messages.join('; ')}`);
  const writes = results.reduce((sum, result) => sum + result.writes, 0);
  return `${outcome}; ${writes} writes and ${applied} × kubectl apply, none refused`;
}

async function deleteSecret(context: SuiteContext): Promise<string> {
  const { api } = context.cluster;
  const before = await bundle(context);
  const served = await servedBy(context);
  await api.remove(SECRET);
  const after = await waitFor(
    'the bundle holds both authorities',
    async () => {
      const found = await bundle(context);
      return found.length === before.length + 1 ? found : undefined;
    },
    LOOK_MS,
  );
  expect(
    before.every((each) => after.includes(each)),
    'an authority in use left the bundle',
  );
  expect(!before.includes(authorityIn(await api.get(SECRET))), 'no new authority was made');
  const now = await servedBy(context);
  expect(String(now) === String(served), 'another certificate is served already');
  return `${after.length} authorities`;
}

async function replaceSecret(context: SuiteContext): Promise<string> {
  const { kubectl, cluster } = context;
  const before = await bundle(context);
  const other = await foreignSecret();
  await cluster.api.merge(SECRET, { data: other });
  const own = authorityIn({ metadata: { name: '' }, data: other });
  const joined = await waitFor(
    'the bundle holds the other authority too',
    async () => {
      const found = await bundle(context);
      return found.includes(own) && found.length === before.length + 1 ? found : undefined;
    },
    LOOK_MS,
  );
  const served = await servedBy(context);
  // What starts anew has nothing else to serve.
  const webhook = ['deployment/sluice-webhook', '-n', SYSTEM_NAMESPACE];
  await kubectl(['rollout', 'restart', ...webhook]);
  await kubectl(['rollout', 'status', ...webhook, '--timeout=120s']);
  const wanted = fingerprint(decoded(other['tls.crt'] ?? ''));
  const now = await servedBy(context);
  expect(now.length > 0 && now.every((each) => each === wanted), `served: ${now.join(', ')}`);
  expect(!served.includes(wanted), 'the certificate was served before its authority was settled');
  expect((await bundle(context)).length === joined.length, 'an authority left the bundle');
  return `${joined.length} authorities, ${now.length} replicas serve the new certificate`;
}

/** The authorities that the API server is told to trust, by fingerprint. */
async function bundle({ cluster }: SuiteContext): Promise<string[]> {
  const found = (await cluster.api.get(CONFIGURATION)) as ApiObject & {
    webhooks: { clientConfig: { caBundle: string } }[];
  };
  const pem = decoded(found.webhooks[0]?.clientConfig.caBundle ?? '');
  return readBundle(pem).map(({ x509 }) => x509.fingerprint256);
}

/** The newest authority of a Secret. */
function authorityIn(secret: ApiObject): string {
  const { data } = secret as ApiObject & { data: Record<string, string> };
  return readBundle(decoded(data['ca.crt'] ?? ''))[0]?.x509.fingerprint256 ?? '';
}

/** The certificate that each replica of the webhook serves, by fingerprint. */
async function servedBy({ cluster }: SuiteContext): Promise<string[]> {
  const { items } = await cluster.api.list(
    `${PODS}?labelSelector=app.kubernetes.io/component=webhook`,
  );
  const addresses = items.flatMap(({ metadata, status }) => {
    const { podIP } = (status ?? {}) as { podIP?: string };
    return podIP === undefined || metadata.deletionTimestamp !== undefined ? [] : [podIP];
  });
  return Promise.all(addresses.map(servedAt));
}

function servedAt(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 8443, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

async function foreignSecret(): Promise<Record<string, string>> {
  const [caKey, key] = await Promise.all([createKey(), createKey()]);
  const at = { now: Date.now(), lifetimeMs: 90 * DAY_MS };
  const authority = createAuthority(caKey, at);
  const serving = issueServing({ key: caKey, cert: authority.cert }, key, { ...NAMES, ...at });
  const texts = {
    'ca.crt': authority.cert,
    'ca.key': authority.key,
    'tls.crt': serving.cert,
    'tls.key': serving.key,
  };
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
  );
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** @param round makes each application another one */
function deployment(round = 0): object {
  const labels = { app: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'tls/round': String(round) } },
        spec: { containers: [{ name: 'web', image: 'example.com/web:1' }] },
      },
    },
  };
}
