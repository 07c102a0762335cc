import { describe, expect, it } from 'vitest';
import { whenAborted } from '../../../src/lib/abort.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import {
  createEventRecorder,
  type EventRecorderOptions,
} from '../../../src/kube/event-recorder.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import { never, status } from './scripted-transport.ts';
import { tinyApi, type Interference } from './tiny-api.ts';

const canary: KubeObject = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'podinfo', namespace: 'test', uid: 'u1', resourceVersion: '7' },
};

function recorderOf(interfere?: Interference, more: Partial<EventRecorderOptions> = {}) {
  const clock = new VirtualClock();
  const api = tinyApi(interfere);
  const dropped: string[] = [];
  const recorder = createEventRecorder({
    client: createObjectClient({ transport: api.transport, fieldManager: 'sluice-test' }),
    clock,
    random: () => 0.5,
    logger: silentLogger,
    component: 'sluice-test',
    instance: 'pod-1',
    onDrop: (cause) => dropped.push(cause),
    ...more,
  });
  const events = (): KubeObject[] => [...api.objects.values()];
  return { clock, api, recorder, events, dropped };
}

describe('an event recorder', () => {
  it('writes core Events about the object', async () => {
    const { recorder, events, api } = recorderOf();
    recorder.record(canary, 'Normal', 'Synced', 'New revision detected');
    await recorder.flush(never);
    expect(api.seen[0]).toMatchObject({ method: 'POST', path: '/api/v1/namespaces/test/events' });
    expect(events()).toMatchObject([
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: {
          namespace: 'test',
          name: expect.stringMatching(/^podinfo\.[0-9a-f]+$/) as string,
        },
        involvedObject: {
          apiVersion: 'flagger.app/v1beta1',
          kind: 'Canary',
          namespace: 'test',
          name: 'podinfo',
          uid: 'u1',
          resourceVersion: '7',
        },
        type: 'Normal',
        reason: 'Synced',
        message: 'New revision detected',
        count: 1,
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:00:00Z',
        source: { component: 'sluice-test' },
        reportingComponent: 'sluice-test',
        reportingInstance: 'pod-1',
      },
    ]);
  });

  it('keeps events of cluster-scoped objects in default', async () => {
    const { recorder, api } = recorderOf();
    const policy = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutPolicy',
      metadata: { name: 'p' },
    };
    recorder.record(policy, 'Warning', 'Compile', 'no');
    await recorder.flush(never);
    expect(api.seen[0]?.path).toBe('/api/v1/namespaces/default/events');
    expect(api.seen[0]?.body).toMatchObject({ involvedObject: { name: 'p' } });
  });

  it('raises the count of an event that is there, by create and patch alone', async () => {
    const { clock, recorder, events, api } = recorderOf();
    for (let minute = 0; minute < 5; minute++) {
      recorder.record(canary, 'Warning', 'Synced', 'Halt advancement');
      recorder.record(canary, 'Warning', 'Synced', 'other');
      await recorder.flush(never);
      await clock.advance(60_000);
    }
    expect(events()).toMatchObject([
      {
        message: 'Halt advancement',
        count: 5,
        firstTimestamp: '2026-01-01T00:00:00Z',
        lastTimestamp: '2026-01-01T00:04:00Z',
      },
      { message: 'other', count: 5 },
    ]);
    expect(new Set(api.seen.map(({ method }) => method))).toEqual(new Set(['POST', 'PATCH']));
  });

  it('counts what comes while it waits', async () => {
    const { recorder, events } = recorderOf();
    for (let time = 0; time < 7; time++) recorder.record(canary, 'Normal', 'Synced', 'same');
    await recorder.flush(never);
    expect(events()).toMatchObject([{ count: 7 }]);
  });

  it('starts a new event after ten minutes, and when the old one has expired', async () => {
    const { clock, recorder, events, api } = recorderOf();
    const record = async (): Promise<void> => {
      recorder.record(canary, 'Normal', 'Synced', 'same');
      await recorder.flush(never);
    };
    await record();
    await clock.advance(601_000);
    await record();
    expect(events()).toMatchObject([{ count: 1 }, { count: 1 }]);
    api.objects.clear();
    await record();
    expect(events()).toMatchObject([{ count: 1 }]);
  });

  it('tries again what may pass, and keeps the order', async () => {
    let failures = 2;
    const { clock, recorder, events, dropped } = recorderOf(() =>
      failures-- > 0 ? status(503, 'ServiceUnavailable', 'no') : undefined,
    );
    recorder.record(canary, 'Normal', 'Synced', 'first');
    recorder.record(canary, 'Normal', 'Synced', 'second');
    await clock.advance(5000);
    expect(events()).toMatchObject([{ message: 'first' }, { message: 'second' }]);
    expect(dropped).toEqual([]);
  });

  it.each([
    ['what the server refuses', status(403, 'Forbidden', 'the namespace is being terminated'), 1],
    ['what fails again and again', status(500, 'InternalError', 'no'), 4],
  ])('drops %s and goes on', async (_title, answer, attempts) => {
    let isBroken = true;
    const { clock, recorder, events, dropped, api } = recorderOf(() =>
      isBroken ? answer : undefined,
    );
    recorder.record(canary, 'Normal', 'Synced', 'lost');
    await clock.advance(60_000);
    expect(api.seen).toHaveLength(attempts);
    isBroken = false;
    recorder.record(canary, 'Normal', 'Synced', 'kept');
    await recorder.flush(never);
    expect(events()).toMatchObject([{ message: 'kept' }]);
    expect(dropped).toEqual(['refused']);
    expect(recorder.dropped).toBe(1);
  });

  it('bounds what waits, and what one object may say', async () => {
    const { clock, recorder, dropped, events } = recorderOf(undefined, {
      queueSize: 2,
      burst: 4,
      refillMs: 1000,
    });
    for (const message of ['1', '2', '3', '4', '5'])
      recorder.record(canary, 'Normal', 'Synced', message);
    expect(dropped).toEqual(['queue', 'queue', 'spam']);
    recorder.record({ ...canary, metadata: { name: 'other' } }, 'Normal', 'Synced', 'x');
    expect(dropped.at(-1)).toBe('queue');
    await clock.advance(1000);
    recorder.record(canary, 'Normal', 'Synced', '6');
    await recorder.flush(never);
    expect(events()).toHaveLength(3);
  });

  it('does not wait for a server that hangs, and not at all once closed', async () => {
    const { clock, recorder, dropped } = recorderOf(async (_request, signal) => {
      await whenAborted(signal);
      return undefined;
    });
    recorder.record(canary, 'Normal', 'Synced', 'a');
    recorder.record(canary, 'Normal', 'Synced', 'b');
    await clock.advance(15_000);
    expect(dropped).toEqual([]);
    recorder.close();
    recorder.close();
    await recorder.flush(never);
    recorder.record(canary, 'Normal', 'Synced', 'c');
    expect(clock.pendingTimers).toBe(0);
    expect(dropped).toEqual(['refused']);
  });

  it('cuts what the API server would refuse', async () => {
    const { recorder, events } = recorderOf();
    const name = `${'a'.repeat(219)}-${'b'.repeat(30)}`;
    const long = { ...canary, metadata: { ...canary.metadata, name } };
    recorder.record(long, 'Normal', 'R'.repeat(200), 'm'.repeat(2000));
    await recorder.flush(never);
    const event = events()[0] as KubeObject & { message: string; reason: string };
    expect(event.metadata.name).toMatch(/^a{219}\.[0-9a-f]+$/);
    expect(event.metadata.name.length).toBeLessThanOrEqual(253);
    expect([event.message.length, event.reason.length]).toEqual([1024, 128]);
  });
});
