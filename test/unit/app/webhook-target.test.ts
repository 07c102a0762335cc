import { describe, expect, it } from 'vitest';
import { servingNames, targetOf } from '../../../src/app/webhook-role.ts';
import { loadConfig, type FlagTexts } from '../../../src/config/load-config.ts';

const configOf = (flags: FlagTexts): ReturnType<typeof loadConfig> =>
  loadConfig({ flags, environment: {} });
const SERVICE_NAMES = [
  'sluice-webhook.sluice-system.svc',
  'sluice-webhook.sluice-system',
  'sluice-webhook.sluice-system.svc.cluster.local',
];

describe('how the API server calls the webhook', () => {
  it('is by the Service', () => {
    expect(targetOf(configOf({ webhookService: 'hook', sluiceNamespace: 'ops' }), 8443)).toEqual({
      service: { namespace: 'ops', name: 'hook', port: 443 },
    });
  });

  it.each([
    ['https://sluice.example.com:9443', 'https://sluice.example.com:9443'],
    ['https://sluice.example.com/', 'https://sluice.example.com'],
    ['https://127.0.0.1:0', 'https://127.0.0.1:8443'],
    ['https://[::1]:0', 'https://[::1]:8443'],
  ])('or at %s', (webhookUrl, url) => {
    expect(targetOf(configOf({ webhookUrl }), 8443)).toEqual({ url });
  });
});

describe('the names of the certificate', () => {
  it.each([
    ['', SERVICE_NAMES, []],
    ['https://sluice.example.com:9443', [...SERVICE_NAMES, 'sluice.example.com'], []],
    ['https://127.0.0.1:0', SERVICE_NAMES, ['127.0.0.1']],
    ['https://[::1]:9443', SERVICE_NAMES, ['::1']],
  ])('for %j', (webhookUrl, dnsNames, ipAddresses) => {
    expect(servingNames(configOf({ webhookUrl }))).toEqual({ dnsNames, ipAddresses });
  });
});
