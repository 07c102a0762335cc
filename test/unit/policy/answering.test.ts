import { describe, expect, it } from 'vitest';
import type { AccessLookup, AccessRequest } from '../../../src/domain/access.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { answering } from '../../../src/policy/answering.ts';
import { HandReviewer, never } from './access.ts';

const ask = (verb: string): AccessRequest => ({ user: { username: 'ada' }, question: { verb } });

function start(evaluate: (lookup: AccessLookup) => string) {
  const clock = new VirtualClock();
  const access = new HandReviewer(clock);
  const failures: unknown[] = [];
  const run = () =>
    answering(evaluate, {
      access,
      clock,
      timeoutMs: 800,
      onFailure: (error) => failures.push(error),
    });
  return { clock, access, failures, run };
}

describe('what is evaluated', () => {
  it('without questions is there at once', () => {
    expect(start(() => 'x').run()).toBe('x');
  });

  it('with answers that are known is there at once', async () => {
    const started = start((lookup) => lookup(ask('get'))?.decision ?? 'unknown');
    expect(await started.run()).toBe('allow');
    expect(started.run()).toBe('allow');
    expect(started.access.asked).toHaveLength(1);
  });

  it('may ask further, all of a round together', async () => {
    const started = start((lookup) => {
      const first = [lookup(ask('a')), lookup(ask('b'))];
      if (first.includes(undefined)) return 'waits';
      return lookup(ask('c'))?.decision ?? 'waits';
    });
    expect(await started.run()).toBe('allow');
    expect(started.access.asked.map(({ question }) => question.verb)).toEqual(['a', 'b', 'c']);
  });

  it('stays unknown when nobody can be asked, when there is no answer, or none in time', async () => {
    const evaluate = (lookup: AccessLookup): string => lookup(ask('get'))?.decision ?? 'unknown';
    expect(answering(evaluate, { clock: new VirtualClock(), timeoutMs: 1 })).toBe('unknown');
    const failing = start(evaluate);
    failing.access.answer = () => Promise.reject(new Error('away'));
    expect(await failing.run()).toBe('unknown');
    expect(failing.failures).toEqual([expect.objectContaining({ message: 'away' })]);
    const slow = start(evaluate);
    slow.access.answer = never;
    const running = slow.run();
    await slow.clock.advance(800);
    expect(await running).toBe('unknown');
    expect(slow.failures).toEqual([expect.objectContaining({ code: 'SLUICE_DEADLINE' })]);
    expect(slow.clock.pendingTimers).toBe(0);
  });

  it('is asked a bounded number of questions in a bounded number of rounds', async () => {
    const wide = start((lookup) => {
      for (let index = 0; index < 200; index++) lookup(ask(`v${index}`));
      return 'done';
    });
    expect(await wide.run()).toBe('done');
    expect(wide.access.asked).toHaveLength(64);
    let evaluations = 0;
    const deep = start((lookup) => {
      lookup(ask(`v${evaluations++}`));
      return 'done';
    });
    expect(await deep.run()).toBe('done');
    expect(deep.access.asked).toHaveLength(8);
  });

  it('rejects with what it throws', async () => {
    let evaluations = 0;
    const started = start((lookup) => {
      lookup(ask('get'));
      if (evaluations++ > 0) throw new Error('a defect');
      return '';
    });
    await expect(started.run()).rejects.toThrow('a defect');
  });
});
