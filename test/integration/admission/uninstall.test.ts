import { describe, expect, it } from 'vitest';
import { uninstall } from '../../../src/admission/uninstall.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { MemoryClient } from '../../support/memory-client.ts';

const { signal } = new AbortController();
const namespace = 'sluice-system';
const TYPES = [
  RESOURCES.validatingWebhookConfigurations,
  RESOURCES.mutatingWebhookConfigurations,
] as const;
const configuration = (kind: string): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name: 'sluice' },
});

function world() {
  const clock = new VirtualClock();
  const client = new MemoryClient(clock);
  const register = async (): Promise<void> => {
    for (const type of TYPES) {
      const found = await client.get(type, { name: 'sluice' });
      if (found === undefined) await client.create(type, configuration(type.kind));
    }
  };
  const left = async (): Promise<number> => {
    const found = await Promise.all(TYPES.map((type) => client.get(type, { name: 'sluice' })));
    return found.filter((object) => object !== undefined).length;
  };
  const pod = { apiVersion: 'v1', kind: 'Pod' };
  const labels = { 'app.kubernetes.io/name': 'sluice', 'app.kubernetes.io/component': 'webhook' };
  const startPod = (name: string) =>
    client.create(RESOURCES.pods, { ...pod, metadata: { name, namespace, labels } });
  const run = (limitMs = 60_000) => uninstall({ client, clock, namespace, limitMs, signal });
  return { clock, client, register, left, startPod, run };
}

describe('uninstall', () => {
  it('leaves nothing registered, although a pod puts it back until it ends', async () => {
    const { clock, client, register, left, startPod, run } = world();
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'sluice-webhook', namespace },
      spec: { replicas: 2 },
    };
    await client.create(RESOURCES.deployments, deployment);
    await startPod('a');
    await register();
    const done = run();
    for (let round = 0; round < 5; round++) {
      await clock.advance(150);
      await register();
    }
    await client.delete(RESOURCES.pods, { namespace, name: 'a' }, { signal });
    await clock.advance(1000);
    expect(await done).toBe(1);
    expect(await left()).toBe(0);
    const scaled = await client.get(RESOURCES.deployments, { namespace, name: 'sluice-webhook' });
    expect(scaled).toMatchObject({ spec: { replicas: 0 } });
  });

  it('is fine with nothing there', async () => {
    const { left, run } = world();
    expect(await run()).toBe(0);
    expect(await left()).toBe(0);
  });

  it('says when a pod does not end, and has removed the registration all the same', async () => {
    const { clock, register, left, startPod, run } = world();
    await startPod('a');
    await register();
    const done = run(1000).catch(String);
    await clock.advance(5000);
    expect(await done).toContain('pods of the webhook still run: 1');
    expect(await left()).toBe(0);
  });
});
