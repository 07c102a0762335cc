import { describe, expect, test } from 'vitest';
import { keyOf, keyText } from '../../../src/domain/object.ts';
import { createRunLedger } from '../../../src/delivery/run-ledger.ts';
import type { RolloutRun, RolloutRunStatus } from '../../../src/domain/run.ts';
import { runOf } from '../../support/plan-fixture.ts';
import { HandCache } from '../policy/support.ts';

const HOLD = { since: '2026-01-01T11:00:00Z', reasons: ['budget'] };

function named(name: string, status: Partial<RolloutRunStatus> = {}): RolloutRun {
  const run = runOf(status);
  return { ...run, metadata: { ...run.metadata, name, uid: `uid-${name}` } };
}

function weightsIn(runs: readonly RolloutRun[]): Record<string, number | undefined> {
  return Object.fromEntries(
    runs.map(({ metadata, status }) => [metadata.name, status?.weights.canary]),
  );
}

const at = (canary: number): Partial<RolloutRunStatus> => ({
  weights: { primary: 100 - canary, canary, mirrored: false },
});

describe('the runs as the leader knows them', () => {
  test('are those of the copy, overlaid with what was seen, and with what was claimed since', () => {
    const copy = new HandCache<RolloutRun>();
    const ledger = createRunLedger(copy);
    for (const name of ['a', 'b', 'c']) copy.put(named(name, at(10)));
    ledger.saw(named('b', at(20)));
    ledger.saw(named('c', at(20)));
    ledger.claim(named('c'), { ...(runOf(at(30)).status as RolloutRunStatus) });
    ledger.saw(named('d', at(40)));
    expect(weightsIn(ledger.list())).toEqual({ a: 10, b: 20, c: 30, d: 40 });
    // What was claimed and not written is void with the next look.
    ledger.saw(named('c', at(20)));
    expect(weightsIn(ledger.list())['c']).toBe(20);
  });

  test('a share that was raised by hand counts while the run is open', () => {
    const ledger = createRunLedger(undefined);
    ledger.saw(named('a', at(10)), 50);
    ledger.saw(named('b', at(10)), 5);
    expect(weightsIn(ledger.list())).toEqual({ a: 50, b: 10 });
    ledger.saw(named('a', { phase: 'Failed', ...at(0) }), 50);
    expect(weightsIn(ledger.list())['a']).toBe(0);
  });

  test('one that was deleted is gone, and one that has ended is left to the copy', () => {
    const copy = new HandCache<RolloutRun>();
    const ledger = createRunLedger(copy);
    const run = named('a', at(10));
    copy.put(run);
    ledger.saw(run);
    copy.remove(keyText(keyOf(run)));
    expect(ledger.list()).toEqual([]);
    ledger.saw(named('b', { phase: 'Succeeded' }));
    ledger.list();
    expect(ledger.list()).toEqual([]);
  });

  test('one that does not ask keeps its share and leaves the queues, until it is seen again', () => {
    const ledger = createRunLedger(undefined);
    const held = { gate: 'TrafficIncrease', ...HOLD, budgets: ['shop/all'] } as const;
    const run = named('a', { phase: 'Held', held: { ...held, budgets: [...held.budgets] } });
    ledger.saw(run);
    ledger.leaveQueues(run);
    expect(ledger.list()[0]?.status?.held).toEqual({ gate: 'TrafficIncrease', ...HOLD });
    expect(ledger.list()[0]?.status?.weights.canary).toBe(20);
    ledger.saw(run);
    expect(ledger.list()[0]?.status?.held?.budgets).toEqual(['shop/all']);
  });

  test('nothing listens any more once it is closed', () => {
    const copy = new HandCache<RolloutRun>();
    const ledger = createRunLedger(copy);
    expect(copy.listeners).toBe(1);
    ledger.close();
    expect(copy.listeners).toBe(0);
  });
});
