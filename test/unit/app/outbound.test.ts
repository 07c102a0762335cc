import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outboundClient } from '../../../src/app/outbound.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import { configOf } from '../../support/app-cluster.ts';

const server = createServer((_request, response) => response.end('ok'));
let base = '';
const signal = new AbortController().signal;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

async function call(flags: Record<string, string>, apiServer?: string): Promise<number> {
  const client = outboundClient(configOf(flags), systemClock, apiServer);
  const url = `${base}/scope/hook`;
  return (await client({ method: 'GET', url, timeoutMs: 2000, maxBytes: 100, signal })).status;
}

it.each(['metricsServer', 'eventWebhook', 'slackUrl', 'msteamsUrl'])(
  'what %s names may be called though it is loopback',
  async (option) => {
    await expect(call({ [option]: `${base}/secret/path`, slackChannel: 'x' })).resolves.toBe(200);
  },
);

it('what nobody named may not be called', async () => {
  await expect(call({})).rejects.toThrow('a loopback address');
});

it('a denial is stronger, and the API server stays out of reach', async () => {
  const named = { metricsServer: base };
  await expect(call({ ...named, denyOutbound: '127.0.0.0/8' })).rejects.toThrow('denied');
  await expect(call(named, base)).rejects.toThrow('the address of the API server');
});
