import { describe, expect, it } from 'vitest';
import { whenAborted } from '../../../src/lib/abort.ts';
import { sleep } from '../../../src/domain/clock.ts';
import { ClusterError, SluiceError } from '../../../src/domain/errors.ts';
import { silentLogger, type Logger } from '../../../src/domain/logger.ts';
import { keyText, type ObjectKey } from '../../../src/domain/object.ts';
import type { ReconcileResult } from '../../../src/domain/reconciler.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createController, type ControllerOptions } from '../../../src/kube/controller.ts';

type Work = (key: ObjectKey, signal: AbortSignal, clock: VirtualClock) => Promise<ReconcileResult>;

function start(work: Work, more: Partial<ControllerOptions> = {}) {
  const clock = new VirtualClock();
  const begin = clock.now();
  const calls: [string, number][] = [];
  const ended: string[] = [];
  const logged: string[] = [];
  const logger: Logger = {
    debug: () => undefined,
    info: (_fields, message) => logged.push(`info: ${message}`),
    warn: (_fields, message) => logged.push(`warn: ${message}`),
    error: (_fields, message) => logged.push(`error: ${message}`),
    child: () => logger,
  };
  const controller = createController({
    name: 'test',
    workers: 1,
    clock,
    random: () => 0.999,
    logger,
    metrics: { reconciled: (outcome) => ended.push(outcome) },
    reconciler: {
      reconcile: (key, signal) => {
        calls.push([keyText(key), clock.now() - begin]);
        return work(key, signal, clock);
      },
    },
    ...more,
  });
  const stop = new AbortController();
  const done = controller.run(stop.signal);
  return { clock, controller, calls, ended, logged, stop, done };
}

const nothing: Work = () => Promise.resolve({});

describe('a controller', () => {
  it('reconciles by name, once for many wishes', async () => {
    const keys: ObjectKey[] = [];
    const { clock, controller, ended } = start((key) => {
      keys.push(key);
      return Promise.resolve({});
    });
    for (const key of ['ns/a', 'ns/a', 'b']) controller.enqueue(key);
    await clock.advance(0);
    expect(keys).toEqual([{ namespace: 'ns', name: 'a' }, { name: 'b' }]);
    expect(ended).toEqual(['success', 'success']);
  });

  it('keeps what was wished before it runs', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const reconciler = {
      reconcile: ({ name }: ObjectKey) => {
        seen.push(name);
        return Promise.resolve({});
      },
    };
    const controller = createController({
      name: 'test',
      workers: 1,
      clock,
      random: () => 0,
      logger: silentLogger,
      reconciler,
    });
    controller.enqueue('a');
    const stop = new AbortController();
    void controller.run(stop.signal);
    await clock.advance(0);
    expect(seen).toEqual(['a']);
  });

  it('looks again when the reconciler wants it, and only then', async () => {
    let round = 0;
    const { clock, controller, calls } = start(() =>
      Promise.resolve(round++ === 0 ? { requeueAfterMs: 500 } : {}),
    );
    controller.enqueue('a');
    await clock.advance(60_000);
    expect(calls).toEqual([
      ['a', 0],
      ['a', 500],
    ]);
  });

  it('forgets an earlier wish when the key comes up before', async () => {
    const { clock, controller, calls } = start(() => Promise.resolve({ requeueAfterMs: 1000 }));
    controller.enqueue('a');
    await clock.advance(600);
    controller.enqueue('a');
    await clock.advance(1100);
    expect(calls.map(([, at]) => at)).toEqual([0, 600, 1600]);
  });

  it('tries again with growing delays after an error, and starts anew after a success', async () => {
    let failures = 3;
    const { clock, controller, calls, ended, logged } = start(() => {
      if (failures-- > 0) throw new ClusterError('Conflict', 'moved on');
      return Promise.resolve({});
    });
    controller.enqueue('a');
    await clock.advance(100);
    expect(calls.map(([, at]) => Math.round(at))).toEqual([0, 5, 15, 35]);
    expect(ended).toEqual(['retry', 'retry', 'retry', 'success']);
    expect(logged.every((line) => line.startsWith('info'))).toBe(true);
    failures = 1;
    controller.enqueue('a');
    await clock.advance(100);
    expect(Math.round((calls[5]?.[1] ?? 0) - (calls[4]?.[1] ?? 0))).toBe(5);
  });

  it('waits as long as the server wishes', async () => {
    let failures = 1;
    const { clock, controller, calls } = start(() => {
      if (failures-- > 0) throw new ClusterError('TooManyRequests', 'slow', { retryAfterMs: 2000 });
      return Promise.resolve({});
    });
    controller.enqueue('a');
    await clock.advance(3000);
    expect(calls.map(([, at]) => at)).toEqual([0, 2000]);
  });

  it('leaves alone what does not help to repeat, until it changes', async () => {
    const { clock, controller, calls, ended, logged } = start(() =>
      Promise.reject(new SluiceError('SLUICE_UNSUPPORTED', 'not this')),
    );
    controller.enqueue('a');
    await clock.advance(3_600_000);
    expect(calls).toHaveLength(1);
    expect(logged[0]).toMatch(/^warn/);
    controller.enqueue('a');
    await clock.advance(0);
    expect(calls).toHaveLength(2);
    expect(ended).toEqual(['terminal', 'terminal']);
  });

  it.each([
    [
      'thrown defects',
      () => {
        throw new TypeError('defect');
      },
    ],
    ['rejected defects', () => Promise.reject(new TypeError('defect'))],
    ['rejections without a code', () => Promise.reject(new Error('other'))],
    ['results that are none', () => Promise.resolve(undefined as unknown as ReconcileResult)],
  ])('survives %s', async (_title, work) => {
    const { clock, controller, ended, logged } = start(work);
    controller.enqueue('a');
    await clock.advance(6);
    expect(ended).toEqual(['retry', 'retry']);
    expect(logged[0]).toMatch(/^error/);
  });

  it('never works on one key twice at a time, and on at most `workers` keys', async () => {
    const inHand = new Map<string, number>();
    let most = 0;
    const { clock, controller, calls } = start(
      async ({ name }, _signal, virtual) => {
        inHand.set(name, (inHand.get(name) ?? 0) + 1);
        most = Math.max(
          most,
          ...inHand.values(),
          [...inHand.values()].reduce((a, b) => a + b) * 10,
        );
        await sleep(virtual, 100);
        inHand.set(name, (inHand.get(name) ?? 0) - 1);
        return {};
      },
      { workers: 3 },
    );
    for (const key of ['a', 'b', 'c', 'd', 'e']) controller.enqueue(key);
    await clock.advance(50);
    controller.enqueue('a');
    await clock.advance(1000);
    expect(most).toBe(30);
    expect(calls.map(([key]) => key)).toEqual(['a', 'b', 'c', 'd', 'e', 'a']);
  });

  it('ends a reconcile that takes too long, and tries again', async () => {
    const { clock, controller, ended } = start(
      async (_key, signal) => {
        await whenAborted(signal);
        throw signal.reason as Error;
      },
      { reconcileTimeoutMs: 1000 },
    );
    controller.enqueue('a');
    await clock.advance(1500);
    expect(ended).toEqual(['retry']);
  });
});

describe('a controller that stops', () => {
  it('finishes what it has in hand and takes nothing new', async () => {
    const { clock, controller, calls, ended, stop, done } = start(async (_key, signal, virtual) => {
      await sleep(virtual, 5000, signal);
      return { requeueAfterMs: 1 };
    });
    controller.enqueue('a');
    controller.enqueue('b');
    await clock.advance(1000);
    stop.abort(new Error('stop'));
    await clock.advance(4000);
    await done;
    await clock.advance(60_000);
    expect(calls).toEqual([['a', 0]]);
    expect(ended).toEqual(['requeue']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('cuts off what takes longer than the deadline', async () => {
    const { clock, controller, ended, logged, stop, done } = start(
      async (_key, signal, virtual) => {
        await sleep(virtual, 90_000, signal);
        return {};
      },
      { drainMs: 3000 },
    );
    controller.enqueue('a');
    await clock.advance(1000);
    stop.abort(new Error('stop'));
    await clock.advance(3000);
    await done;
    expect(ended).toEqual(['cancelled']);
    expect(logged).toEqual(['warn: work in hand was cut off']);
  });

  it('does not wait for ever for what does not listen', async () => {
    const { clock, controller, stop, done } = start(() => new Promise(() => undefined), {
      drainMs: 3000,
    });
    controller.enqueue('a');
    await clock.advance(1000);
    stop.abort(new Error('stop'));
    await clock.advance(4000);
    await done;
  });

  it('has nothing to do when it is idle', async () => {
    const { stop, done } = start(nothing);
    stop.abort(new Error('stop'));
    await done;
  });
});
