import { describe, expect, it } from 'vitest';
import { createApp } from '../../../src/app.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { configOf, startAppCluster } from '../../support/app-cluster.ts';
import { attributesOf, Rbac } from '../../support/rbac.ts';

const signal = new AbortController().signal;

describe.each([
  ['webhook', 'webhook-rbac.yaml'],
  ['controller', 'controller-rbac.yaml'],
])('the role %s', (role, file) => {
  it(`asks for nothing that manifests/base/${file} does not grant`, async () => {
    const clock = new VirtualClock();
    const cluster = await startAppCluster({ clock });
    const app = createApp(configOf({ roles: role }), {
      ...cluster.overrides,
      outbound: () => Promise.reject(new Error('none')),
      listen: false,
    });
    await app.start(signal);
    expect(await clock.runUntil(() => app.ready().ok, 60_000)).toBe(true);
    await clock.advance(10_000);
    const stopped = app.stop();
    await clock.advance(60_000);
    await stopped;
    const rbac = new Rbac(file);
    const refused = cluster.requests
      .map((request) => attributesOf(request))
      .filter((attributes) => !rbac.allows(attributes));
    expect(refused).toEqual([]);
    expect(cluster.requests.length).toBeGreaterThan(5);
    await cluster.api.close();
  });
});
