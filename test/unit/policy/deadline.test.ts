import { describe, expect, it } from 'vitest';
import { createDeadline } from '../../../src/policy/deadline.ts';

describe('a deadline', () => {
  let now = 1000;
  const clock = { monotonic: () => now };

  it('ends with the whole time', () => {
    now = 1000;
    const isOver = createDeadline(clock, 1000);
    now = 1999;
    expect(isOver()).toBe(false);
    now = 2000;
    expect(isOver()).toBe(true);
  });

  it('gives each policy a quarter of it, within the whole', () => {
    now = 1000;
    const deadline = createDeadline(clock, 1000);
    deadline.begin?.();
    now = 1250;
    expect(deadline()).toBe(true);
    deadline.begin?.();
    expect(deadline()).toBe(false);
    now = 1900;
    expect(deadline()).toBe(true);
    deadline.begin?.();
    expect(deadline()).toBe(false);
    now = 2000;
    expect(deadline()).toBe(true);
    deadline.begin?.();
    expect(deadline()).toBe(true);
  });
});
