import { describe, expect, it } from 'vitest';
import { whenAborted } from '../../../src/lib/abort.ts';
import { sleep, systemClock } from '../../../src/domain/clock.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { createEventRecorder } from '../../../src/kube/event-recorder.ts';
import { createLeaderElector } from '../../../src/kube/leader-elector.ts';
import type { Lease } from '../../../src/kube/lease-record.ts';
import { createReflector, type Reflector } from '../../../src/kube/reflector.ts';
import { connected, type ContractClient, type Use } from './connected.ts';

const { configMaps, events, leases } = RESOURCES;
const signal = AbortSignal.timeout(120_000);
const machine = { clock: systemClock, random: Math.random, logger: silentLogger };

/**
 * That reflector, leader elector and event recorder write what the server accepts and read what it sends.
 * @param makeClient connects as someone who may do everything
 */
export function machineryContract(name: string, makeClient: () => Promise<ContractClient>): void {
  describe(`machinery contract: ${name}`, () => {
    const use = connected(makeClient);
    reflecting(use);
    electing(use);
    recording(use);
  });
}

function reflecting(use: Use): void {
  const configMap = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: use().namespace, name, labels: { suite: 'reflector' } },
  });
  const names = (reflector: Reflector<KubeObject>): string[] =>
    reflector
      .list()
      .map(({ metadata }) => metadata.name)
      .sort();
  /** Resolves with the next time that the reflector holds exactly these objects. */
  const whenHolds = (reflector: Reflector<KubeObject>, wanted: readonly string[]): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (names(reflector).join() !== wanted.join()) return;
        unsubscribe();
        resolve();
      };
      const unsubscribe = reflector.subscribe(look);
      look();
    });

  it('copies what is there, page by page, and follows what happens', async () => {
    const { client, namespace } = use();
    for (const name of ['a', 'b', 'c'])
      await client.create(configMaps, configMap(name), { signal });
    const reflector = createReflector<KubeObject>({
      ...machine,
      client,
      type: configMaps,
      namespace,
      labelSelector: 'suite=reflector',
      pageSize: 2,
    });
    const stop = new AbortController();
    const done = reflector.run(stop.signal);
    await reflector.whenSynced(signal);
    expect(names(reflector)).toEqual(['a', 'b', 'c']);
    expect(reflector.list()[0]?.metadata).not.toHaveProperty('managedFields');
    await client.create(configMaps, configMap('d'), { signal });
    await whenHolds(reflector, ['a', 'b', 'c', 'd']);
    await client.delete(configMaps, { namespace, name: 'a' }, { signal });
    await whenHolds(reflector, ['b', 'c', 'd']);
    const uid = reflector.get({ namespace, name: 'b' })?.metadata.uid;
    const told = whenHolds(reflector, ['c', 'd']);
    await client.delete(configMaps, { namespace, name: 'b' }, { signal });
    await client.create(configMaps, configMap('b'), { signal });
    await told;
    await whenHolds(reflector, ['b', 'c', 'd']);
    expect(reflector.get({ namespace, name: 'b' })?.metadata.uid).not.toBe(uid);
    stop.abort(new Error('stop'));
    await done;
  });
}

function electing(use: Use): void {
  it('takes, renews, releases and takes over a Lease', async () => {
    const { client, namespace } = use();
    const key = { namespace, name: 'controller' };
    const lease = (): Promise<Lease | undefined> => client.get<Lease>(leases, key, { signal });
    const stand = (identity: string) => {
      const stop = new AbortController();
      const won = Promise.withResolvers<undefined>();
      const times = { leaseDurationMs: 3000, renewDeadlineMs: 1000, retryPeriodMs: 100 };
      const elector = createLeaderElector({ ...machine, ...times, client, lease: key, identity });
      const done = elector.run(stop.signal, async (leading) => {
        won.resolve(undefined);
        await whenAborted(leading);
      });
      return { elector, stop, done, won: won.promise };
    };
    const a = stand('a');
    await a.won;
    expect((await lease())?.spec).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: 3,
      leaseTransitions: 0,
    });
    const b = stand('b');
    const before = await lease();
    let now = before;
    while (now?.spec?.renewTime === before?.spec?.renewTime) {
      // In-memory servers answer without a turn of the event loop: timers would never fire.
      await sleep(systemClock, 20, signal);
      now = await lease();
    }
    expect(b.elector.isLeader).toBe(false);
    a.stop.abort(new Error('stop'));
    await a.done;
    await b.won;
    expect((await lease())?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
    b.stop.abort(new Error('stop'));
    await b.done;
    expect((await lease())?.spec?.holderIdentity ?? '').toBe('');
  });
}

function recording(use: Use): void {
  it('writes an Event and raises its count', async () => {
    const { client, namespace } = use();
    const subject: KubeObject = {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      metadata: { namespace, name: 'podinfo', uid: 'a0000000-0000-4000-8000-000000000001' },
    };
    const recorder = createEventRecorder({
      ...machine,
      client,
      component: 'sluice',
      instance: 'test',
    });
    for (const message of ['one', 'two', 'one']) {
      recorder.record(subject, 'Normal', 'Synced', message);
      await recorder.flush(signal);
    }
    const fieldSelector = 'involvedObject.name=podinfo';
    const { items } = await client.list(events, { namespace, fieldSelector, signal });
    const shown = items.map((item) => item as KubeObject & { message: string; count: number });
    expect(shown.map(({ message, count }) => [message, count]).sort()).toEqual([
      ['one', 2],
      ['two', 1],
    ]);
    expect(recorder.dropped).toBe(0);
    recorder.close();
  });
}
