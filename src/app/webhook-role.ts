import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createConfigurationOwner } from '../admission/configuration-owner.ts';
import { fairHandler } from '../admission/fair-handler.ts';
import { createRegistration, type RegistrationOptions } from '../admission/registration.ts';
import { createReviewHandler, type ReviewHandler } from '../admission/review-handler.ts';
import { createReviewServer, type ReviewServerOptions } from '../admission/review-server.ts';
import { probeReviewPort } from '../admission/self-probe.ts';
import type { WebhookTarget } from '../admission/webhook-configuration.ts';
import type { Config } from '../config/options.ts';
import { sleep } from '../domain/clock.ts';
import { ClusterError, SluiceError } from '../domain/errors.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { RESOURCES } from '../domain/resources.ts';
import { readBundle } from '../tls/ca-bundle.ts';
import { createServingCertificate, type ServingCertificate } from '../tls/serving-certificate.ts';
import { governanceChecks } from './governance-source.ts';
import { createAdmissionCounts } from './admission-counts.ts';
import { createGapReporter } from './coverage-gaps.ts';
import { startEvents } from './events.ts';
import { executorUsernames, type Parts } from './parts.ts';
import { fenceOf, protectionOf } from './protection.ts';
import { admissionRecorder } from './recorders.ts';
import { tolerant } from './tolerant.ts';

/** Secret that the replicas share. */
const SECRET_NAME = 'sluice-webhook-tls';
const SERVICE_PORT = 443;
/** The part of a review's time that it may wait for its turn; the rest is for deciding. */
const WAITING_SHARE = 0.8;
const CERTIFICATE_RETRY_MS = 10_000;

/**
 * Starts the admission webhook: certificate, review port, registration, in this order, each when the one before is
 * there. Readiness names what is missing.
 * @returns the port it listens on and what answers a review, once both can be had
 * @throws SluiceError SLUICE_CONFIG when the port cannot be had or `--client-ca` holds no certificate; the signal's reason when it aborts first
 */
export async function startWebhook(
  parts: Parts,
  signal: AbortSignal,
): Promise<{ port: number | undefined; handler: ReviewHandler }> {
  const handler = createReviewHandler({
    engine: startCounting(parts),
    clock: parts.clock,
    logger: parts.logger.child({ component: 'admission' }),
    metrics: admissionRecorder(parts.metrics),
    executorUsernames: executorUsernames(parts.config),
    access: parts.access,
    governance: governanceChecks(parts),
    protection: protectionOf(parts),
  });
  if (!parts.listens) {
    register(parts, { ...UNSERVED, target: targetOf(parts.config, 0) });
    return { port: undefined, handler };
  }
  const clientCa = await readClientCa(parts.config);
  const certificate = await startCertificate(parts, signal);
  const fair = fairHandler(handler, {
    clock: parts.clock,
    maxWaitMs: parts.config.reviewTimeout * WAITING_SHARE,
  });
  const port = await serve(parts, { handler: fair, certificate, ...(clientCa && { clientCa }) });
  const address = dialable(parts.config.bindAddress);
  register(parts, {
    certificate,
    target: targetOf(parts.config, port),
    probe: (probeSignal) =>
      probeReviewPort({
        port,
        address,
        serverName: serviceNames(parts.config)[0],
        caBundle: certificate.current().caBundle,
        handshakeOnly: clientCa !== undefined,
        signal: probeSignal,
      }),
  });
  return { port, handler };
}

/** The engine, with the violations that it finds counted in metrics and in the status of policies. */
function startCounting(parts: Parts): Parts['engine'] {
  const counts = createAdmissionCounts(parts);
  const ended = new AbortController();
  const running = counts.run(ended.signal);
  parts.stops.add('admission counts', async () => {
    ended.abort();
    await running;
  });
  return counts.engine;
}

/** Reviews that come without a socket need no certificate, and nothing to wait for. */
const UNSERVED: Pick<RegistrationOptions, 'certificate' | 'probe'> = {
  certificate: {
    current: () => ({ caBundle: '' }),
    subscribe: () => () => undefined,
    refresh: () => Promise.resolve(),
  },
  probe: () => Promise.resolve(),
};

async function startCertificate(parts: Parts, signal: AbortSignal): Promise<ServingCertificate> {
  const { config, health, metrics } = parts;
  let problem: string | undefined = 'no serving certificate yet';
  health.require('certificate', () => problem);
  const ended = new AbortController();
  const certificate = createServingCertificate({
    ...parts,
    logger: parts.logger.child({ component: 'tls' }),
    namespace: config.sluiceNamespace,
    secretName: SECRET_NAME,
    ...servingNames(config),
  });
  parts.stops.add('certificate', () => {
    ended.abort();
  });
  const starting = AbortSignal.any([signal, ended.signal]);
  await untilStarted(certificate, parts, starting, (reason) => {
    problem = `no serving certificate yet: ${reason}`;
  });
  problem = undefined;
  metrics.onScrape(() => {
    const seconds = certificate.current().expiresAt / 1000;
    metrics.set('sluice_certificate_not_after_seconds', {}, seconds);
  });
  return certificate;
}

/** Whatever the API server says may be put right by a person: it goes on trying, and readiness says why. */
async function untilStarted(
  certificate: ServingCertificate,
  { clock, logger }: Parts,
  signal: AbortSignal,
  report: (reason: string) => void,
): Promise<void> {
  for (;;) {
    try {
      await certificate.start(signal);
      return;
    } catch (error) {
      if (signal.aborted || !(error instanceof ClusterError)) throw error;
      report(error.message);
      logger.error({ error }, 'the certificate Secret cannot be used');
      await sleep(clock, CERTIFICATE_RETRY_MS, signal);
    }
  }
}

/** @returns undefined when no client certificates are asked for */
async function readClientCa({ clientCa }: Config): Promise<string | undefined> {
  if (clientCa === '') return undefined;
  const text = await readFile(clientCa, 'utf8').catch(() => '');
  if (readBundle(text).length > 0) return text;
  throw new SluiceError('SLUICE_CONFIG', '--client-ca: the file holds no certificate (PEM)');
}

async function serve(
  parts: Parts,
  own: Pick<ReviewServerOptions, 'handler' | 'certificate' | 'clientCa'>,
): Promise<number> {
  const { config, clock } = parts;
  const server = createReviewServer({
    ...own,
    clock,
    logger: parts.logger.child({ component: 'admission' }),
    metrics: admissionRecorder(parts.metrics),
    limits: { deadlineMs: config.reviewTimeout },
  });
  try {
    const port = await server.listen(config.webhookPort, config.bindAddress);
    parts.logger.info({ port }, 'reviews are answered');
    parts.stops.add('review port', () => server.close());
    // Before the port closes, so that the API server's connections move to replicas that are still there.
    parts.stops.add('drain delay', () => sleep(clock, config.drainDelay));
    return port;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new SluiceError(
      'SLUICE_CONFIG',
      `cannot listen on webhook port ${config.webhookPort}: ${code}`,
      { cause: error },
    );
  }
}

function register(
  parts: Parts,
  own: Pick<RegistrationOptions, 'certificate' | 'probe' | 'target'>,
): void {
  const { caches, config, health } = parts;
  const policies = caches.watch<RolloutPolicy>(RESOURCES.rolloutPolicies);
  const bindings = caches.watch<RolloutPolicyBinding>(RESOURCES.rolloutPolicyBindings);
  const report = createGapReporter(parts, startEvents(parts));
  const registration = createRegistration({
    ...own,
    client: parts.client,
    owner: createConfigurationOwner(parts.client),
    clock: parts.clock,
    random: parts.random,
    logger: parts.logger.child({ component: 'registration' }),
    metrics: admissionRecorder(parts.metrics),
    policies,
    bindings,
    executorUsernames: executorUsernames(config),
    systemNamespace: config.sluiceNamespace,
    ...fenceOf(config),
    onGap: (configuration, found) => {
      const message = `${configuration.kind} ${configuration.metadata.name} was ${found} by others and is put right`;
      report(configuration, 'webhook', message);
    },
  });
  health.require(
    'registration',
    tolerant(() => registration.problem(), parts.clock, config.freshnessBound),
  );
  const ended = new AbortController();
  // Which webhooks there are depends on the policies: it waits until they are known.
  const synced = [policies, bindings].map((cache) => cache.whenSynced(ended.signal));
  const running = Promise.all(synced).then(
    () => registration.run(ended.signal),
    () => undefined,
  );
  parts.stops.add('registration', async () => {
    ended.abort();
    await running;
  });
}

/** How the API server is told to call the webhook. */
export function targetOf(config: Config, port: number): WebhookTarget {
  if (config.webhookUrl === '') {
    const { webhookService: name, sluiceNamespace: namespace } = config;
    return { service: { namespace, name, port: SERVICE_PORT } };
  }
  const url = new URL(config.webhookUrl);
  if (url.port === '0') url.port = String(port);
  return { url: url.origin };
}

/** The names that the serving certificate must carry: those of the Service, and the host of `--webhook-url`. */
export function servingNames(config: Config): { dnsNames: string[]; ipAddresses: string[] } {
  const host = config.webhookUrl === '' ? '' : new URL(config.webhookUrl).hostname;
  const bare = host.replace(/^\[|\]$/g, '');
  const isAddress = isIP(bare) !== 0;
  return {
    dnsNames: [...serviceNames(config), ...(bare === '' || isAddress ? [] : [bare])],
    ipAddresses: isAddress ? [bare] : [],
  };
}

/** The first is the one that the API server asks for. */
function serviceNames({ webhookService, sluiceNamespace }: Config): [string, ...string[]] {
  const short = `${webhookService}.${sluiceNamespace}`;
  return [`${short}.svc`, short, `${short}.svc.cluster.local`];
}

/** An address at which this process reaches its own port. */
function dialable(bindAddress: string): string {
  return ['', '0.0.0.0', '::'].includes(bindAddress) ? '127.0.0.1' : bindAddress;
}
