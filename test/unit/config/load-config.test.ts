import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig, type ConfigSources } from '../../../src/config/load-config.ts';
import { OPTION_KEYS } from '../../../src/config/options.ts';
import { alertConfigOf } from '../../../src/app/alert-config.ts';
import { printConfig } from '../../../src/config/print-config.ts';
import { SluiceError } from '../../../src/domain/errors.ts';
import { DEFAULT_DELIVERY_CONFIG } from '../../../src/delivery/config.ts';

const HEADER = 'apiVersion: sluice.dev/v1alpha1\nkind: Config\n';
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'));
  folders.push(folder);
  const path = join(folder, 'config.yaml');
  writeFileSync(path, text);
  return path;
}

function load(sources: ConfigSources = {}): ReturnType<typeof loadConfig> {
  return loadConfig({ environment: {}, ...sources });
}

function failure(sources: ConfigSources): SluiceError {
  try {
    load(sources);
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError);
    return error as SluiceError;
  }
  throw new Error('it was accepted');
}

describe('defaults', () => {
  it('are valid, frozen and cover every option', () => {
    const config = load();
    expect(Object.keys(config)).toEqual(OPTION_KEYS);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.selectorLabels)).toBe(true);
    expect(config).toMatchObject({ roles: ['webhook', 'controller'], minInterval: 10_000 });
  });

  it('are those of delivery', () => {
    const config = load();
    expect({
      metricsServer: config.metricsServer,
      meshProvider: config.meshProvider,
      minIntervalMs: config.minInterval,
      includeLabelPrefix: config.includeLabelPrefix,
      selectorLabels: config.selectorLabels,
      eventWebhook: config.eventWebhook,
      noCrossNamespaceRefs: config.noCrossNamespaceRefs,
      metricTimeoutMs: config.metricTimeout,
      namespace: config.namespace,
      historyLimit: config.historyLimit,
      ingressClass: config.ingressClass,
      ingressAnnotationsPrefix: config.ingressAnnotationsPrefix,
      enableConfigTracking: config.enableConfigTracking,
      safeDeletion: config.safeDeletion,
      alerts: alertConfigOf(config),
    }).toEqual(DEFAULT_DELIVERY_CONFIG);
  });
});

describe('precedence', () => {
  const path = (): string => file(`${HEADER}minInterval: 1m\nhttpPort: 1\nlogLevel: warn\n`);

  it('is flag over environment over file over default', () => {
    const environment = { SLUICE_MIN_INTERVAL: '2m', SLUICE_HTTP_PORT: '2' };
    const config = load({ flags: { minInterval: '3m' }, environment, file: path() });
    expect(config).toMatchObject({
      minInterval: 180_000,
      httpPort: 2,
      logLevel: 'warn',
      webhookPort: 8443,
    });
  });
});

describe('values', () => {
  it.each([
    [{ minInterval: '1m30s' }, { minInterval: 90_000 }],
    [{ minInterval: '1.5s' }, { minInterval: 1500 }],
    [{ noCrossNamespaceRefs: 'false' }, { noCrossNamespaceRefs: false }],
    [{ includeLabelPrefix: 'a/, b/' }, { includeLabelPrefix: ['a/', 'b/'] }],
    [{ roles: 'controller,webhook' }, { roles: ['webhook', 'controller'] }],
    [{ roles: 'controller' }, { roles: ['controller'] }],
    [{ eventWebhook: '' }, { eventWebhook: '' }],
  ])('%o is read', (flags, expected) => {
    expect(load({ flags })).toMatchObject(expected);
  });

  it.each([
    [{ minInterval: '10' }, '--min-interval is not a duration such as 90s or 1m30s'],
    [{ minInterval: '1ms' }, '--min-interval is below 100ms'],
    [{ httpPort: '70000' }, '--http-port is above 65535'],
    [{ httpPort: 'http' }, '--http-port is not a whole number'],
    [{ noCrossNamespaceRefs: 'maybe' }, '--no-cross-namespace-refs is neither true nor false'],
    [{ metricsServer: 'prometheus:9090' }, '--metrics-server is not an http or https URL'],
    [{ logLevel: 'loud' }, '--log-level is not one of: debug, info, warn, error, silent'],
    [{ roles: 'webhok' }, '--roles: unknown role webhok; known: webhook, controller, gates'],
    [{ roles: 'dashboard' }, 'role dashboard is not part of this version'],
    [{ roles: 'gates' }, 'the role gates needs --gate-key-file'],
    [{ roles: '' }, '--roles: no role'],
  ])('%o is refused', (flags, message) => {
    const error = failure({ flags });
    expect(error.code).toBe('SLUICE_CONFIG');
    expect(error.message).toContain(message);
  });

  it('never repeats a value that does not fit', () => {
    expect(failure({ flags: { metricsServer: 'hunter2' } }).message).not.toContain('hunter2');
  });
});

describe('environment', () => {
  it('refuses a name that no option has, and lists the known ones', () => {
    const { message } = failure({ environment: { SLUICE_MIN_INTREVAL: '1m' } });
    expect(message).toContain('unknown environment variable SLUICE_MIN_INTREVAL');
    expect(message).toContain('SLUICE_MIN_INTERVAL');
  });

  it('names the variable that does not fit', () => {
    expect(failure({ environment: { SLUICE_MIN_INTERVAL: 'x' } }).message).toMatch(
      /^SLUICE_MIN_INTERVAL is not a duration/,
    );
  });

  it('overlooks what Kubernetes sets for a Service of the same name', () => {
    const environment = {
      SLUICE_WEBHOOK_SERVICE_HOST: '10.96.0.9',
      SLUICE_WEBHOOK_SERVICE_PORT: '443',
      SLUICE_WEBHOOK_SERVICE_PORT_WEBHOOK: '443',
      SLUICE_WEBHOOK_PORT: 'tcp://10.96.0.9:443',
      SLUICE_WEBHOOK_PORT_443_TCP: 'tcp://10.96.0.9:443',
      SLUICE_WEBHOOK_PORT_443_TCP_ADDR: '10.96.0.9',
      SLUICE_WEBHOOK_PORT_443_TCP_PORT: '443',
      SLUICE_WEBHOOK_PORT_443_TCP_PROTO: 'tcp',
    };
    expect(load({ environment }).webhookPort).toBe(8443);
  });

  it("overlooks what the project's own tools are told", () => {
    const environment = { SLUICE_CACHE: '/cache', SLUICE_SHARED: '/shared' };
    expect(load({ environment }).webhookPort).toBe(8443);
  });
});

describe('file', () => {
  it.each([
    [`${HEADER}minIntervall: 1m\n`, 'unknown key minIntervall; known: roles, kubeconfig'],
    [`${HEADER}min-interval: 1m\n`, 'unknown key min-interval'],
    ['kind: Config\nminInterval: 1m\n', 'needs apiVersion: sluice.dev/v1alpha1 and kind: Config'],
    [`${HEADER}a: [\n`, 'is not valid YAML (line'],
    ['[]', 'does not hold one YAML mapping'],
    [`${HEADER}roles: {webhook: true}\n`, 'roles is neither a text'],
    [`${HEADER}minInterval: 10\n`, 'minInterval is not a duration'],
    [`${HEADER}__proto__: {}\n`, 'unknown key __proto__'],
  ])('%j is refused', (text, message) => {
    const error = failure({ file: file(text) });
    expect(error.code).toBe('SLUICE_CONFIG');
    expect(error.message).toContain(message);
  });

  it('says that it does not exist', () => {
    expect(failure({ file: '/nowhere/config.yaml' }).message).toBe(
      '--config /nowhere/config.yaml does not exist',
    );
  });

  it('takes lists as YAML lists or comma lists', () => {
    const path = file(`${HEADER}roles: [webhook]\nselectorLabels: a,b\n`);
    expect(load({ file: path })).toMatchObject({ roles: ['webhook'], selectorLabels: ['a', 'b'] });
  });
});

it('what is printed reads back to the same configuration', () => {
  const config = load({
    flags: { roles: 'webhook', minInterval: '90s', selectorLabels: 'x', enableLeaderElection: 'f' },
  });
  const printed = printConfig(config);
  expect(printed).toContain('minInterval: 1m30s');
  expect(load({ file: file(printed) })).toEqual(config);
});

it('no secret is printed', () => {
  const config = load({
    flags: { slackToken: 'xoxb-1', msteamsUrl: 'https://teams.example/hook' },
    environment: { SLACK_URL: 'https://hooks.slack.example/T0' },
  });
  const printed = printConfig(config);
  expect(printed).not.toMatch(/xoxb|teams\.example|slack\.example/);
  expect(printed).toContain("slackProxyUrl: ''");
});

describe('variables of Flagger', () => {
  const SLACK_URL = 'https://hooks.slack.example/T0';
  it.each([
    [{ SLACK_URL }, SLACK_URL],
    [{ SLACK_URL, SLUICE_SLACK_URL: 'https://other.example/' }, 'https://other.example/'],
    [{ SLACK_URL: '' }, ''],
  ])('%j', (environment, expected) => {
    expect(load({ environment }).slackUrl).toBe(expected);
  });

  it('are none of the file', () => {
    expect(
      load({ environment: { SLACK_URL }, file: file(`${HEADER}slackUrl: ''\n`) }),
    ).toMatchObject({ slackUrl: SLACK_URL });
  });
});

it.each<[string, Record<string, string>, object | undefined]>([
  ['nobody', {}, undefined],
  [
    'Slack',
    { slackUrl: 'https://s.example', slackToken: 't', slackChannel: 'c' },
    {
      type: 'slack',
      address: 'https://s.example',
      token: 't',
      proxy: '',
      username: 'flagger',
      channel: 'c',
    },
  ],
  [
    'Teams before Slack',
    { slackUrl: 'https://s.example', msteamsUrl: 'https://t.example', slackToken: 't' },
    { type: 'msteams', address: 'https://t.example', token: '' },
  ],
])('alerts of Canaries that list none go to %s', (_name, flags, expected) => {
  const { global, clusterName } = alertConfigOf(load({ flags: { ...flags, clusterName: 'eu' } }));
  expect(clusterName).toBe('eu');
  if (expected === undefined) expect(global).toBeUndefined();
  else expect(global).toMatchObject(expected);
});
