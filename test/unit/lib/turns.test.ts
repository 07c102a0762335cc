import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createTurns, type Turns } from '../../../src/lib/turns.ts';

/** A clock whose time also passes while a job runs. */
class WorkClock {
  readonly #clock = new VirtualClock();
  #worked = 0;
  monotonic(): number {
    return this.#clock.monotonic() + this.#worked;
  }
  setTimer(callback: () => void, delayMs: number): { cancel(): void } {
    return this.#clock.setTimer(callback, delayMs);
  }
  work(milliseconds: number): void {
    this.#worked += milliseconds;
  }
  advance(milliseconds: number): Promise<void> {
    return this.#clock.advance(milliseconds);
  }
}

function world() {
  const clock = new WorkClock();
  const turns = createTurns({ clock });
  const log: string[] = [];
  const ask = (name: string, milliseconds: number): void => {
    const kind = name.replace(/[0-9]/g, '');
    const done = turns.run(
      () => kind,
      () => {
        clock.work(milliseconds);
        log.push(name);
        return 'done';
      },
      () => {
        log.push(`${name} late`);
        return 'late';
      },
    );
    if (done instanceof Promise) void done.then(() => log.push(`${name} answered`));
  };
  return { clock, turns, log, ask };
}

describe('turns', () => {
  it('jobs are done at once while none is slow', () => {
    const { log, ask } = world();
    ask('a', 1);
    ask('b', 19);
    expect(log).toEqual(['a', 'b']);
  });

  it('after a slow job the others wait for the loop to come round', async () => {
    const { clock, log, ask } = world();
    ask('slow', 100);
    ask('quick', 1);
    expect(log).toEqual(['slow']);
    await clock.advance(10);
    expect(log).toEqual(['slow', 'quick', 'quick answered']);
    ask('quick', 1);
    expect(log.at(-1)).toBe('quick');
  });

  it('quick kinds go before slow ones, and slow ones one at a time', async () => {
    const { clock, log, ask } = world();
    ask('slow1', 100);
    ask('slow2', 100);
    ask('slow3', 100);
    ask('quick1', 1);
    ask('quick2', 1);
    await clock.advance(10);
    expect(log.filter((each) => !each.includes(' '))).toEqual([
      'slow1',
      'quick1',
      'quick2',
      'slow2',
    ]);
    await clock.advance(10);
    expect(log).toContain('slow3');
  });

  it('a slow one does not wait for quick ones for ever', async () => {
    const { clock, log, ask } = world();
    ask('slow1', 600);
    ask('slow2', 1);
    for (let index = 0; index < 100; index++) ask(`quick${index}`, 19);
    clock.work(500);
    await clock.advance(60);
    expect(log.slice(0, 4)).toEqual(['slow1', 'quick0', 'quick1', 'slow2']);
  });

  it('a kind that has become quick is quick again', async () => {
    const { clock, log, ask } = world();
    ask('a', 100);
    await clock.advance(10);
    ask('a', 1);
    ask('b', 100);
    ask('b', 1);
    ask('a', 1);
    await clock.advance(10);
    expect(log.filter((each) => !each.includes(' '))).toEqual(['a', 'a', 'b', 'a', 'b']);
  });

  it('what waits too long is not done any more', async () => {
    const { clock, log, ask } = world();
    ask('slow1', 100);
    ask('slow2', 100);
    clock.work(3000);
    await clock.advance(10);
    expect(log).toEqual(['slow1', 'slow2 late', 'slow2 answered']);
  });

  it('what fails, fails for whoever asked', async () => {
    const { clock, turns, ask } = world();
    ask('slow', 100);
    const failing = (of: Turns) =>
      of.run(
        () => 'x',
        () => {
          throw new TypeError('a defect');
        },
        () => undefined,
      );
    const failed = expect(failing(turns)).rejects.toThrow('a defect');
    await clock.advance(10);
    await failed;
    expect(() => failing(turns)).toThrow('a defect');
  });
});
