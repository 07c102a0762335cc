import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/domain/clock.ts';
import { SluiceError } from '../../../src/domain/errors.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import { createHttpServer, type HttpServer } from '../../../src/http/http-server.ts';
import { createHealth, type Health } from '../../../src/telemetry/health.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

let server: HttpServer;
let health: Health;
let base: string;

beforeEach(async () => {
  health = createHealth();
  const metrics = createMetrics();
  server = createHttpServer({ health, metrics, logger: silentLogger, clock: systemClock });
  base = `http://127.0.0.1:${(await server.listen(0, '127.0.0.1')).port}`;
});
afterEach(() => server.close());

describe('probes', () => {
  it('/livez and /readyz answer ok', async () => {
    for (const path of ['/livez', '/readyz']) {
      const response = await fetch(base + path);
      expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
    }
  });

  it('/readyz names what is not ready', async () => {
    health.require('certificate', () => 'none yet');
    const response = await fetch(`${base}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('[-]certificate failed: none yet');
    expect((await fetch(`${base}/livez`)).status).toBe(200);
  });

  it('?verbose lists what is fine, too', async () => {
    health.require('certificate', () => undefined);
    expect(await (await fetch(`${base}/readyz?verbose`)).text()).toBe(
      '[+]shutdown ok\n[+]certificate ok\nreadyz check passed\n',
    );
  });
});

it('/metrics serves the exposition and says whether it is ready', async () => {
  const response = await fetch(`${base}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=/);
  expect(await response.text()).toContain('sluice_ready 1');
});

describe('everything else', () => {
  it('is 404 in JSON with the routes that there are', async () => {
    const response = await fetch(`${base}/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: 'not found',
      routes: ['GET /livez', 'GET /readyz', 'GET /metrics'],
    });
  });

  it('another method is 405', async () => {
    const response = await fetch(`${base}/metrics`, { method: 'POST' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('a large body is 413', async () => {
    const response = await fetch(`${base}/metrics`, { method: 'POST', body: 'x'.repeat(70_000) });
    expect(response.status).toBe(413);
  });

  it('a malformed path is 4xx without a stack trace', async () => {
    const response = await fetch(`${base}/%E0%A4%A`);
    expect(response.status).toBeLessThan(500);
    expect(await response.text()).not.toMatch(/\bat \w|node_modules/);
  });

  it('names neither the framework nor its version', async () => {
    expect((await fetch(`${base}/livez`)).headers.get('x-powered-by')).toBeNull();
  });
});

describe('listening', () => {
  it('a port that is taken is a configuration error that names it', async () => {
    const port = Number(new URL(base).port);
    const metrics = createMetrics();
    const second = createHttpServer({ health, metrics, logger: silentLogger, clock: systemClock });
    const error: unknown = await second
      .listen(port, '127.0.0.1')
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SluiceError);
    expect((error as SluiceError).message).toBe(`cannot listen on HTTP port ${port}: EADDRINUSE`);
    await second.close();
  });

  it('close ends idle keep-alive connections at once', async () => {
    await (await fetch(`${base}/livez`)).text();
    const started = systemClock.monotonic();
    await server.close();
    expect(systemClock.monotonic() - started).toBeLessThan(1000);
    await expect(fetch(`${base}/livez`)).rejects.toThrow();
  });
});
