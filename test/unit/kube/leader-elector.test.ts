import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whenAborted } from '../../../src/lib/abort.ts';
import { sleep } from '../../../src/domain/clock.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createLeaderElector } from '../../../src/kube/leader-elector.ts';
import type { Lease } from '../../../src/kube/lease-record.ts';
import { createObjectClient } from '../../../src/kube/object-client.ts';
import { status } from './scripted-transport.ts';
import { tinyApi, type Interference } from './tiny-api.ts';

const PATH = '/apis/coordination.k8s.io/v1/namespaces/sluice/leases/controller';

function election() {
  const clock = new VirtualClock();
  const api = tinyApi();
  const stand = (
    identity: string,
    more: {
      interfere?: Interference;
      drainMs?: number;
      random?: () => number;
      times?: { leaseDurationMs: number; renewDeadlineMs: number; retryPeriodMs: number };
    } = {},
  ) => {
    const { interfere = () => undefined, drainMs = 0, random = () => 0.5 } = more;
    const transport = api.transportFor(interfere);
    const leaders: (string | undefined)[] = [];
    const elector = createLeaderElector({
      client: createObjectClient({ transport, fieldManager: 'sluice-test' }),
      clock,
      random,
      logger: silentLogger,
      lease: { namespace: 'sluice', name: 'controller' },
      identity,
      onLeader: (holder) => leaders.push(holder),
      ...more.times,
    });
    const stop = new AbortController();
    /** When it began to lead, was told to end, and had ended. */
    const log: string[] = [];
    const begin = clock.now();
    const note = (what: string): void => {
      log.push(`${what}@${clock.now() - begin}`);
    };
    const done = elector.run(stop.signal, async (leading) => {
      note('leads');
      await whenAborted(leading);
      note('told');
      await sleep(clock, drainMs);
      note('ended');
    });
    return { elector, stop, done, log, leaders };
  };
  const lease = (): Lease | undefined => api.objects.get(PATH);
  return { clock, api, stand, lease };
}

describe('a candidate', () => {
  it('makes the Lease when there is none, and renews it every two seconds', async () => {
    const { clock, stand, lease } = election();
    const { elector, log, leaders } = stand('a');
    await clock.advance(0);
    expect(elector.isLeader).toBe(true);
    expect(lease()?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    await clock.advance(60_000);
    expect(lease()?.spec).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:01:00.000000Z',
      leaseTransitions: 0,
    });
    expect(log).toEqual(['leads@0']);
    expect(leaders).toEqual(['a']);
  });

  it('renews without reading first', async () => {
    const { clock, api, stand } = election();
    stand('a');
    await clock.advance(1000);
    api.seen.length = 0;
    await clock.advance(10_000);
    expect(api.seen.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'PUT', 'PUT', 'PUT']);
  });

  it('waits while another renews, whatever the clocks say', async () => {
    const { clock, stand } = election();
    stand('a');
    await clock.advance(0);
    const b = stand('b');
    await clock.advance(300_000);
    expect(b.log).toEqual([]);
    expect(b.elector.isLeader).toBe(false);
    expect(b.leaders).toEqual(['a']);
  });

  it('takes over once it has seen no change for the whole duration', async () => {
    const { clock, stand, lease } = election();
    let isDead = false;
    stand('a', { interfere: () => (isDead ? new Error('cut off') : undefined) });
    await clock.advance(0);
    const b = stand('b');
    await clock.advance(10_000);
    isDead = true;
    await clock.advance(14_000);
    expect(b.elector.isLeader).toBe(false);
    await clock.advance(8000);
    expect(b.elector.isLeader).toBe(true);
    expect(lease()?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it('takes an old Lease whose times are in the future only after it has watched it', async () => {
    const { clock, api, stand } = election();
    const spec = {
      holderIdentity: 'ghost',
      leaseDurationSeconds: 15,
      renewTime: '2036-01-01T00:00:00.000000Z',
    };
    api.objects.set(PATH, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'controller', namespace: 'sluice', resourceVersion: '0' },
      spec,
    } as Lease);
    const a = stand('a');
    await clock.advance(14_900);
    expect(a.elector.isLeader).toBe(false);
    await clock.advance(5000);
    expect(a.elector.isLeader).toBe(true);
  });

  it('takes a released Lease at once', async () => {
    const { clock, stand, lease } = election();
    const a = stand('a', { drainMs: 1000 });
    await clock.advance(5000);
    const b = stand('b');
    await clock.advance(1000);
    a.stop.abort(new Error('stop'));
    await clock.advance(1000);
    await a.done;
    expect(lease()?.spec?.holderIdentity).toBeUndefined();
    expect(lease()?.spec?.leaseDurationSeconds).toBe(1);
    await clock.advance(4000);
    expect(b.elector.isLeader).toBe(true);
  });

  it('takes part again when the Lease was deleted', async () => {
    const { clock, api, stand, lease } = election();
    const a = stand('a');
    await clock.advance(5000);
    api.objects.clear();
    await clock.advance(5000);
    expect(lease()?.spec?.holderIdentity).toBe('a');
    expect(a.log).toEqual(['leads@0']);
  });
});

describe('a leader', () => {
  it('stops before others may take over when it cannot renew', async () => {
    const { clock, stand } = election();
    let isCut = false;
    const a = stand('a', {
      interfere: () => (isCut ? status(500, 'InternalError', 'no') : undefined),
    });
    await clock.advance(20_000);
    isCut = true;
    await clock.advance(9000);
    expect(a.elector.isLeader).toBe(true);
    await clock.advance(1000);
    expect(a.elector.isLeader).toBe(false);
    expect(a.log).toEqual(['leads@0', 'told@30000', 'ended@30000']);
  });

  it('stops in time when a renewal hangs', async () => {
    const { clock, stand } = election();
    let isHanging = false;
    const a = stand('a', {
      interfere: async (_request, signal) => {
        if (isHanging) await whenAborted(signal);
        return undefined;
      },
    });
    await clock.advance(20_000);
    isHanging = true;
    await clock.advance(10_000);
    expect(a.log).toEqual(['leads@0', 'told@30000', 'ended@30000']);
    isHanging = false;
    await clock.advance(10_000);
    expect(a.elector.isLeader).toBe(true);
  });

  it('survives a failure or two', async () => {
    const { clock, stand } = election();
    let failures = 0;
    const a = stand('a', { interfere: () => (failures-- > 0 ? new Error('reset') : undefined) });
    await clock.advance(10_000);
    failures = 3;
    await clock.advance(60_000);
    expect(a.log).toEqual(['leads@0']);
  });

  it('stops when another holds the Lease', async () => {
    const { clock, api, stand, lease } = election();
    const a = stand('a');
    await clock.advance(5000);
    const taken = lease();
    if (taken === undefined) throw new Error('no lease');
    const spec = { ...taken.spec, holderIdentity: 'b' };
    const metadata = { ...taken.metadata, resourceVersion: '999' };
    api.objects.set(PATH, { ...taken, metadata, spec } as Lease);
    await clock.advance(4500);
    expect(a.elector.isLeader).toBe(false);
    expect(a.log.slice(1).map((line) => line.split('@')[0])).toEqual(['told', 'ended']);
    expect(a.leaders).toEqual(['a', 'b']);
  });

  it('keeps the Lease until its work has ended, then releases it', async () => {
    const { clock, stand, lease } = election();
    const a = stand('a', { drainMs: 40_000 });
    const b = stand('b');
    await clock.advance(5000);
    a.stop.abort(new Error('stop'));
    await clock.advance(39_000);
    expect(lease()?.spec?.holderIdentity).toBe('a');
    expect(b.elector.isLeader).toBe(false);
    await clock.advance(6000);
    await a.done;
    expect(a.log).toEqual(['leads@0', 'told@5000', 'ended@45000']);
    expect(b.elector.isLeader).toBe(true);
    b.stop.abort(new Error('stop'));
    await clock.advance(100);
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops even when the Lease cannot be released', async () => {
    const { clock, stand } = election();
    let isCut = false;
    const a = stand('a', {
      interfere: async (_request, signal) => {
        if (isCut) await whenAborted(signal);
        return undefined;
      },
    });
    await clock.advance(1000);
    isCut = true;
    a.stop.abort(new Error('stop'));
    await clock.advance(3000);
    await a.done;
  });

  it('stands again when its work fails', async () => {
    const { clock, api } = election();
    let terms = 0;
    const elector = createLeaderElector({
      client: createObjectClient({ transport: api.transport, fieldManager: 'sluice-test' }),
      clock,
      random: () => 0,
      logger: silentLogger,
      lease: { namespace: 'sluice', name: 'controller' },
      identity: 'a',
    });
    const stop = new AbortController();
    const done = elector.run(stop.signal, () => {
      terms++;
      return Promise.reject(new Error('broken'));
    });
    await clock.advance(5000);
    expect(terms).toBe(3);
    stop.abort(new Error('stop'));
    await done;
  });
});

describe('leader election', () => {
  it.each([
    [{ leaseDurationMs: 10_000, renewDeadlineMs: 10_000 }],
    [{ renewDeadlineMs: 2400 }],
    [{ retryPeriodMs: 0 }],
    [{ leaseDurationMs: 15_500 }],
    [{ retryPeriodMs: Number.NaN }],
  ])('refuses times that do not fit: %j', (times) => {
    const { clock, api } = election();
    const make = (): unknown =>
      createLeaderElector({
        client: createObjectClient({ transport: api.transport, fieldManager: 'sluice-test' }),
        clock,
        random: () => 0,
        logger: silentLogger,
        lease: { namespace: 'sluice', name: 'controller' },
        identity: 'a',
        ...times,
      });
    expect(make).toThrow(expect.objectContaining({ code: 'SLUICE_CONFIG' }));
  });

  it('replaces a leader that was killed within five seconds with the shipped times', async () => {
    const times = { leaseDurationMs: 4000, renewDeadlineMs: 3000, retryPeriodMs: 500 };
    for (let killAt = 10_000; killAt < 10_500; killAt += 50) {
      for (const random of [0, 0.5, 0.99]) {
        const { clock, stand } = election();
        let isDead = false;
        const interfere = (): Error | undefined => (isDead ? new Error('killed') : undefined);
        stand('a', { interfere, times });
        await clock.advance(0);
        const b = stand('b', { random: () => random, times });
        await clock.advance(killAt);
        isDead = true;
        expect(await clock.runUntil(() => b.elector.isLeader, 20_000)).toBe(true);
        const tookMs = clock.now() - Date.parse('2026-01-01T00:00:00Z') - killAt;
        expect(tookMs).toBeLessThan(5000);
        expect(tookMs).toBeGreaterThanOrEqual(3500);
      }
    }
  });

  it('replaces a leader that stops within a second with the shipped times', async () => {
    const times = { leaseDurationMs: 4000, renewDeadlineMs: 3000, retryPeriodMs: 500 };
    const { clock, stand } = election();
    const a = stand('a', { times });
    await clock.advance(0);
    const b = stand('b', { random: () => 0.99, times });
    await clock.advance(10_000);
    a.stop.abort(new Error('stop'));
    await clock.advance(600);
    expect(b.elector.isLeader).toBe(true);
  });

  it('never has two leaders, whatever fails when', async () => {
    const outage = fc.record({
      who: fc.integer({ min: 0, max: 2 }),
      fromMs: fc.nat(120_000),
      forMs: fc.nat(40_000),
      hangs: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(outage, { maxLength: 8 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.99, noNaN: true })),
        async (outages, stream) => {
          const { clock, stand } = election();
          const begin = clock.now();
          const candidates = [0, 1, 2].map((who) =>
            stand(`c${who}`, {
              random: () => Number(stream.next().value),
              interfere: async (_request, signal) => {
                const now = clock.now() - begin;
                const hit = outages.find(
                  (o) => o.who === who && now >= o.fromMs && now < o.fromMs + o.forMs,
                );
                if (hit === undefined) return undefined;
                if (hit.hangs) await whenAborted(signal);
                return new Error('cut off');
              },
            }),
          );
          let terms = 0;
          for (let now = 0; now < 200_000; now += 500) {
            await clock.advance(500);
            const leaders = candidates.filter(({ elector }) => elector.isLeader).length;
            expect(leaders).toBeLessThanOrEqual(1);
            // Nobody works as leader who is not: told at once when it ends.
            const working = candidates.filter(
              ({ log }) => log.at(-1)?.startsWith('leads') === true,
            ).length;
            expect(working).toBeLessThanOrEqual(1);
            terms += leaders;
          }
          expect(terms).toBeGreaterThan(0);
          for (const { stop } of candidates) stop.abort(new Error('stop'));
          await clock.advance(20_000);
        },
      ),
      { numRuns: 15 },
    );
  });
});
