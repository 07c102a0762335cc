import { describe, expect, it } from 'vitest';
import { linkAbort, linkDeadline, untilAbort, whenAborted } from '../../../src/lib/abort.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';

const reason = new Error('stop');

describe('a linked signal', () => {
  it('aborts with any of its parents, by its reason', () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const { signal } = linkAbort(first.signal, second.signal);
    expect(signal.aborted).toBe(false);
    second.abort(reason);
    first.abort(new Error('later'));
    expect(signal.reason).toBe(reason);
  });

  it('is aborted at once when a parent is', () => {
    expect(linkAbort(AbortSignal.abort(reason)).signal.reason).toBe(reason);
  });

  it('aborts by hand, and not any more once released', () => {
    const parent = new AbortController();
    const byHand = linkAbort(parent.signal);
    byHand.abort(reason);
    expect(byHand.signal.reason).toBe(reason);
    expect(parent.signal.aborted).toBe(false);
    const released = linkAbort(parent.signal);
    released.release();
    parent.abort(reason);
    expect(released.signal.aborted).toBe(false);
  });

  it('aborts at its deadline, unless that is taken away or released', async () => {
    const clock = new VirtualClock();
    const late = (): Error => reason;
    const due = linkDeadline(clock, 100, late);
    const disarmed = linkDeadline(clock, 100, late);
    const released = linkDeadline(clock, 100, late);
    const parent = new AbortController();
    const early = linkDeadline(clock, 100, late, parent.signal);
    disarmed.disarm();
    released.release();
    parent.abort(new Error('parent'));
    await clock.advance(99);
    expect(due.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(due.signal.reason).toBe(reason);
    expect(disarmed.signal.aborted).toBe(false);
    expect(released.signal.aborted).toBe(false);
    expect(early.signal.reason).toEqual(new Error('parent'));
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('waiting', () => {
  it('gives what the promise gives', async () => {
    const { signal } = new AbortController();
    await expect(untilAbort(Promise.resolve(1), signal)).resolves.toBe(1);
    await expect(untilAbort(Promise.reject(reason), signal)).rejects.toBe(reason);
  });

  it('ends with the signal, and swallows what comes later', async () => {
    const stop = new AbortController();
    const slow = Promise.withResolvers<undefined>();
    const waiting = untilAbort(slow.promise, stop.signal);
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    slow.reject(new Error('later'));
    await expect(untilAbort(new Promise(() => undefined), stop.signal)).rejects.toBe(reason);
  });

  it('for the abort itself resolves', async () => {
    const stop = new AbortController();
    const waiting = whenAborted(stop.signal);
    stop.abort(reason);
    await waiting;
    await whenAborted(stop.signal);
  });
});
