import { describe, expect, it } from 'vitest';
import { isNews, LatencySamples } from '../../../src/policy/scan-latency.ts';
import type { ScanOutcome, ScanResult } from '../../../src/policy/scan-results.ts';
import { ScanTally, type ScanEffect } from '../../../src/policy/scan-tally.ts';

function result(
  policy: string,
  outcome: ScanOutcome,
  action: ScanResult['action'] = 'Deny',
): ScanResult {
  return { policy, outcome, action, digest: '', binding: 'b', rule: '', message: '', controls: [] };
}

const none: Record<ScanEffect, number> = {
  Deny: 0,
  Hold: 0,
  Warn: 0,
  Audit: 0,
  error: 0,
  excepted: 0,
  pass: 0,
};

describe('a tally', () => {
  it('counts each object once a policy, by the strictest effect', () => {
    const tally = new ScanTally();
    tally.set('a', [result('p', 'pass'), result('p', 'warn', 'Warn'), result('p', 'fail')]);
    tally.set('b', [result('p', 'warn', 'Warn'), result('p', 'error')]);
    tally.set('c', [result('p', 'skip', 'Audit'), result('q', 'error', 'Ignore')]);
    expect(tally.counts('p')).toEqual({ ...none, Deny: 1, Warn: 1, excepted: 1 });
    expect(tally.counts('q')).toEqual({ ...none, error: 1 });
    expect(tally.counts('other')).toEqual(none);
    expect(tally.policies()).toEqual(['p', 'q']);
  });

  it('follows objects that change and go, until nothing is left', () => {
    const tally = new ScanTally();
    tally.set('a', [result('p', 'fail')]);
    tally.set('b', [result('p', 'fail')]);
    tally.set('a', [result('p', 'pass')]);
    expect(tally.counts('p')).toEqual({ ...none, Deny: 1, pass: 1 });
    tally.remove('a');
    tally.set('b', []);
    tally.remove('unknown');
    expect([tally.size, tally.lists, tally.policies()]).toEqual([0, 0, []]);
  });

  it('keeps one list for all objects alike', () => {
    const tally = new ScanTally();
    for (let index = 0; index < 1000; index++) {
      tally.set(`o${index}`, [result('p', 'fail'), result('q', index % 2 === 0 ? 'pass' : 'fail')]);
    }
    expect([tally.size, tally.lists]).toEqual([1000, 2]);
  });

  it('gives the first objects by name that do not meet a policy', () => {
    const tally = new ScanTally();
    for (const name of ['c', 'a', 'd', 'b']) tally.set(name, [result('p', 'fail')]);
    tally.set('0', [result('p', 'pass'), result('q', 'skip')]);
    expect([...tally.examples(3)]).toEqual([['p', ['a', 'b', 'c']]]);
  });
});

describe('samples of latency', () => {
  it('say nothing until there are enough, then two digits', () => {
    const samples = new LatencySamples();
    for (let index = 0; index < 15; index++) samples.add('p', 100);
    expect(samples.of('p')).toBeUndefined();
    samples.add('p', 123.4);
    expect(samples.of('p')).toEqual({ p50Micros: 100, p99Micros: 120, samples: 16 });
  });

  it('forget the oldest, and policies that are gone', () => {
    const samples = new LatencySamples();
    for (let index = 0; index < 600; index++) samples.add('p', index < 300 ? 900 : 10);
    expect(samples.of('p')).toEqual({ p50Micros: 10, p99Micros: 10, samples: 256 });
    samples.keep(new Set());
    expect(samples.of('p')).toBeUndefined();
  });

  it.each([
    [undefined, true],
    [{ p50Micros: 60, p99Micros: 200 }, false],
    [{ p50Micros: 49, p99Micros: 100 }, true],
    [{ p50Micros: 100, p99Micros: 2000 }, true],
    [{ p50Micros: 100, p99Micros: 20 }, false],
  ])('are news beside %j: %j', (stored, wanted) => {
    expect(isNews({ p50Micros: 100, p99Micros: 200 }, stored)).toBe(wanted);
  });
});
