import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  budgetReason,
  readBudgetReason,
  trafficShare,
  type RolloutBudget,
} from '../../../src/domain/budget.ts';
import type { RolloutRun, RolloutRunStatus } from '../../../src/domain/run.ts';
import {
  budgetUsage,
  evaluateBudgets,
  type BudgetRequest,
} from '../../../src/governance/budgets.ts';
import { drawingRuns, type RunSubject } from '../../../src/governance/drawing-run.ts';
import { NOW, budget, minutes } from './fixture.ts';

const AT = { now: NOW, systemNamespace: 'sluice-system' };
const SUBJECT: RunSubject = {
  labels: { team: 'a' },
  annotations: {},
  namespaceLabels: { tier: 'prod' },
};

interface Given {
  readonly name: string;
  readonly weight?: number;
  readonly reserved?: number;
  readonly begun?: boolean;
  /** Minutes before NOW. */
  readonly age?: number;
  readonly share?: string;
  readonly phase?: RolloutRunStatus['phase'];
  readonly waitsFor?: { budgets: string[]; reasons?: string[]; minutes?: number };
}

function run(given: Given): RolloutRun {
  const { name, weight = 0, reserved, begun = weight > 0, age = 10, phase = 'Progressing' } = given;
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutRun',
    metadata: { name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: minutes(-age) },
    spec: {
      subject: { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name, uid: `c-${name}` },
      revision: 'r',
      images: [],
      changedBy: null,
      strategy: 'canary',
      provider: 'kubernetes',
    },
    status: {
      phase,
      step: 0,
      weights: { primary: 100 - weight, canary: weight, mirrored: false },
      steps: begun
        ? [{ step: 0, weight, startedAt: NOW, decisions: [], measurements: [], action: 'start' }]
        : [],
      failedChecks: 0,
      unknownChecks: 0,
      reservations:
        reserved === undefined ? [] : [{ budget: 'sluice-system/b', weight: reserved, at: NOW }],
      conditions: [],
      ...(given.waitsFor === undefined
        ? {}
        : {
            held: {
              gate: 'RolloutStart',
              since: minutes(-(given.waitsFor.minutes ?? 1)),
              reasons: given.waitsFor.reasons ?? [],
              budgets: given.waitsFor.budgets,
            },
          }),
    },
  };
}

function drawing(given: readonly Given[]) {
  const shares = new Map(given.map(({ name, share }) => [name, share]));
  return drawingRuns(given.map(run), ({ metadata }) => {
    const share = shares.get(metadata.name);
    return {
      ...SUBJECT,
      annotations: share === undefined ? {} : { 'sluice.dev/traffic-share': share },
    };
  });
}

const request = (name: string, toWeight = 0, share = 100): BudgetRequest => ({
  namespace: 'shop',
  uid: `uid-${name}`,
  subject: SUBJECT,
  share,
  toWeight,
});
const ask = (given: RolloutBudget, runs: readonly Given[], asked: BudgetRequest) =>
  evaluateBudgets([given], drawing(runs), asked, AT);
const B = 'sluice-system/b';

describe('places', () => {
  const two = budget('b', { maxConcurrent: 2 });

  it('are given while there are some', () => {
    const own = { name: 'me' };
    expect(ask(two, [own, { name: 'x', begun: true }], request('me'))).toEqual([
      {
        namespace: 'sluice-system',
        name: 'b',
        unit: 'runs',
        limit: 2,
        used: 1,
        requested: 1,
        granted: true,
        ahead: 0,
        weight: 0,
      },
    ]);
    const full = [own, { name: 'x', begun: true }, { name: 'y', weight: 5 }];
    expect(ask(two, full, request('me'))).toMatchObject([{ used: 2, granted: false }]);
  });

  it('are taken by a reservation before anything has begun, and free again at the end', () => {
    const reserved = [
      { name: 'x', reserved: 0 },
      { name: 'y', reserved: 10 },
    ];
    expect(ask(two, reserved, request('me'))).toMatchObject([{ used: 2, granted: false }]);
    const over = [
      { name: 'x', reserved: 0, phase: 'Succeeded' as const },
      { name: 'y', weight: 5 },
    ];
    expect(ask(two, over, request('me'))).toMatchObject([{ used: 1, granted: true }]);
  });

  it('stay with a run that has one, whatever the limit has become', () => {
    const runs = ['me', 'x', 'y'].map((name) => ({ name, begun: true }));
    expect(ask(two, runs, request('me'))).toMatchObject([{ used: 2, granted: true }]);
  });

  it('go to the run that has waited, not to a younger one', () => {
    const head = { name: 'head', age: 60, waitsFor: { budgets: [B] } };
    const runs = [head, { name: 'me', age: 5 }];
    expect(ask(two, runs, request('me'))).toMatchObject([{ granted: false, ahead: 1 }]);
    expect(ask(two, runs, request('head'))).toMatchObject([{ granted: true, ahead: 0 }]);
    const other = { ...head, waitsFor: { budgets: ['sluice-system/other'] } };
    expect(ask(two, [other, { name: 'me', age: 5 }], request('me'))).toMatchObject([
      { granted: true },
    ]);
  });

  it('are counted for a run that is not recorded yet as for the youngest', () => {
    const head = { name: 'head', age: 0, waitsFor: { budgets: [B] } };
    const unrecorded = { ...request('me'), uid: undefined };
    const facts = evaluateBudgets([two], drawing([head]), unrecorded, AT);
    expect(facts).toMatchObject([{ granted: false, ahead: 1 }]);
  });
});

describe('exposure', () => {
  const fifty = budget('b', { maxExposurePercent: 50 });

  it.each<
    [
      name: string,
      others: Given[],
      asked: BudgetRequest,
      used: number,
      requested: number,
      ok: boolean,
    ]
  >([
    ['alone', [], request('me', 50), 0, 50, true],
    ['alone and over', [], request('me', 51), 0, 51, false],
    ['with others', [{ name: 'x', weight: 30 }], request('me', 20), 30, 20, true],
    ['with too many others', [{ name: 'x', weight: 31 }], request('me', 20), 31, 20, false],
    [
      'of small shares',
      [{ name: 'x', weight: 50, share: '12.5' }],
      request('me', 50, 25),
      6.25,
      12.5,
      true,
    ],
    [
      'of decimal shares',
      [{ name: 'x', weight: 33, share: '0.33' }],
      request('me', 1, 0.01),
      0.1089,
      0.0001,
      true,
    ],
    ['reserved ahead', [{ name: 'x', weight: 5, reserved: 40 }], request('me', 20), 40, 20, false],
    [
      'of a share that is none',
      [{ name: 'x', weight: 40, share: 'much' }],
      request('me', 20),
      40,
      20,
      false,
    ],
    ['of nothing', [{ name: 'x', weight: 60 }], request('me', 0), 60, 0, true],
  ])('%s', (_name, others, asked, used, requested, granted) => {
    expect(ask(fifty, [{ name: 'me' }, ...others], asked)).toMatchObject([
      { unit: 'percent', limit: 50, used, requested, granted },
    ]);
  });

  it('that a run has already is not asked for again', () => {
    const runs = [
      { name: 'me', weight: 40 },
      { name: 'x', weight: 40 },
    ];
    expect(ask(fifty, runs, request('me', 40))).toMatchObject([{ granted: true }]);
    expect(ask(fifty, runs, request('me', 41))).toMatchObject([{ granted: false }]);
  });

  const waits = (percent: number, minutesAgo = 1) => {
    const fact = {
      namespace: 'sluice-system',
      name: 'b',
      limit: 50,
      used: 40,
      granted: false,
      ahead: 0,
      weight: 0,
    };
    return {
      budgets: [B],
      reasons: [budgetReason({ ...fact, unit: 'percent', requested: percent })],
      minutes: minutesAgo,
    };
  };

  it('goes to the oldest, or to the smallest that has not let another wait too long', () => {
    const large = { name: 'large', age: 60, waitsFor: waits(40) };
    const runs = [large, { name: 'me', age: 5 }];
    expect(ask(fifty, runs, request('me', 5))).toMatchObject([{ granted: false, ahead: 1 }]);
    const smallest = budget('b', { maxExposurePercent: 50, order: 'Smallest' });
    expect(ask(smallest, runs, request('me', 5))).toMatchObject([{ granted: true, ahead: 0 }]);
    const patient = [
      { ...large, waitsFor: waits(40, 15) },
      { name: 'me', age: 5 },
    ];
    expect(ask(smallest, patient, request('me', 5))).toMatchObject([{ granted: false, ahead: 1 }]);
  });

  it('waits for nobody whom the budget could never serve', () => {
    const impossible = { name: 'large', age: 60, waitsFor: waits(60) };
    expect(ask(fifty, [impossible, { name: 'me' }], request('me', 5))).toMatchObject([
      { granted: true, ahead: 0 },
    ]);
  });

  it('and places give a fact each', () => {
    const both = budget('b', { maxConcurrent: 1, maxExposurePercent: 10 });
    expect(ask(both, [], request('me', 20)).map(({ unit, granted }) => [unit, granted])).toEqual([
      ['runs', true],
      ['percent', false],
    ]);
  });
});

describe('a budget', () => {
  it.each<[name: string, budget: RolloutBudget, concerns: boolean]>([
    ["in Sluice's namespace", budget('b', { maxConcurrent: 1 }), true],
    ['in the own namespace', budget('b', { maxConcurrent: 1 }, 'shop'), true],
    ['in another namespace', budget('b', { maxConcurrent: 1 }, 'other'), false],
    [
      'for other labels',
      budget('b', { maxConcurrent: 1, selector: { matchLabels: { team: 'b' } } }),
      false,
    ],
    [
      'for these labels',
      budget('b', { maxConcurrent: 1, selector: { matchLabels: { team: 'a' } } }),
      true,
    ],
    [
      'for other namespaces',
      budget('b', { maxConcurrent: 1, namespaceSelector: { matchLabels: { tier: 'test' } } }),
      false,
    ],
  ])('%s', (_name, given, concerns) => {
    expect(ask(given, [], request('me'))).toHaveLength(concerns ? 1 : 0);
  });

  it('counts a run whose subject is gone', () => {
    const runs = drawingRuns([run({ name: 'x', weight: 5 })], () => undefined);
    const selective = budget('b', { maxConcurrent: 1, selector: { matchLabels: { team: 'a' } } });
    expect(evaluateBudgets([selective], runs, request('me'), AT)).toMatchObject([{ used: 1 }]);
  });

  it('says what is drawn on it and who waits', () => {
    const runs = drawing([
      { name: 'a', weight: 20, share: '50' },
      { name: 'b', begun: true },
      { name: 'young', age: 1, waitsFor: { budgets: [B] } },
      { name: 'old', age: 9, waitsFor: { budgets: [B] } },
    ]);
    expect(budgetUsage(budget('b', { maxConcurrent: 2 }), runs, AT)).toEqual({
      running: 2,
      exposurePercent: 10,
      waiting: ['shop/old', 'shop/young'],
      unreadable: [],
    });
  });

  it('is named in its reason, from which the amount is read back', () => {
    const fact = {
      namespace: 'n',
      name: 'b',
      limit: 5,
      used: 3,
      granted: false,
      weight: 0,
    } as const;
    for (const [given, text] of [
      [
        { ...fact, unit: 'percent', requested: 12.5, ahead: 2 } as const,
        'rollout budget n/b: needs 12.5%, 3% of 5% in use; 2 waiting before it; it never gives that much',
      ],
      [
        { ...fact, unit: 'runs', requested: 1, ahead: 0 } as const,
        'rollout budget n/b: needs 1 run more, 3 runs of 5 runs in use',
      ],
    ] as const) {
      expect(budgetReason(given)).toBe(text);
      expect(readBudgetReason(text)).toEqual({
        budget: 'n/b',
        unit: given.unit,
        requested: given.requested,
      });
    }
    expect(readBudgetReason('change window n/w is closed')).toBeUndefined();
  });
});

describe('a declared share', () => {
  it.each([
    [undefined, 100, true],
    ['0', 0, true],
    ['12.25', 12.25, true],
    ['100', 100, true],
    ['100.01', 100, false],
    ['-1', 100, false],
    ['1e1', 100, false],
    ['', 100, false],
    ['5 %', 100, false],
    ['12.255', 100, false],
  ])('%s', (text, percent, isShare) => {
    const share = trafficShare(text === undefined ? {} : { 'sluice.dev/traffic-share': text });
    expect([share.percent, share.problem === undefined]).toEqual([percent, isShare]);
  });
});

describe('whatever is asked in whatever order', () => {
  interface Live {
    readonly name: string;
    readonly born: number;
    weight: number;
    begun: boolean;
    since: number | undefined;
    reasons: string[];
    budgets: string[];
  }

  it('never overdraws, and serves whoever waits before those that came later', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 20, max: 120 }),
        fc.constantFrom('Oldest', 'Smallest' as const),
        fc.array(fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 60 }), fc.nat(9)), {
          minLength: 5,
          maxLength: 60,
        }),
        (maxConcurrent, maxExposurePercent, order, script) => {
          const given = budget('b', {
            maxConcurrent,
            maxExposurePercent,
            order: order,
          });
          const live = new Map<number, Live>();
          script.forEach(([slot, weight, dice], tick) => {
            const known = live.get(slot);
            if (known !== undefined && dice === 0) {
              live.delete(slot);
              return;
            }
            const own = known ?? {
              name: `r${slot}-${tick}`,
              born: tick,
              weight: 0,
              begun: false,
              since: undefined,
              reasons: [],
              budgets: [],
            };
            live.set(slot, own);
            const runs = [...live.values()].map((each) => ({
              name: each.name,
              age: 1000 - each.born,
              weight: each.weight,
              begun: each.begun,
              ...(each.since === undefined
                ? {}
                : {
                    waitsFor: {
                      budgets: each.budgets,
                      reasons: each.reasons,
                      minutes: tick - each.since,
                    },
                  }),
            }));
            const toWeight = own.begun ? Math.max(own.weight, weight) : 0;
            const facts = ask(given, runs, request(own.name, toWeight));
            if (facts.every(({ granted }) => granted)) {
              if (!own.begun && order === 'Oldest') {
                const overtaken = [...live.values()].filter(
                  ({ since, begun, born }) => since !== undefined && !begun && born < own.born,
                );
                expect(overtaken).toEqual([]);
              }
              own.begun = true;
              own.weight = toWeight;
              own.since = undefined;
            } else {
              own.since ??= tick;
              own.budgets = [B];
              own.reasons = facts.filter(({ granted }) => !granted).map(budgetReason);
            }
            const all = [...live.values()];
            expect(all.filter(({ begun }) => begun).length).toBeLessThanOrEqual(maxConcurrent);
            expect(all.reduce((sum, each) => sum + each.weight, 0)).toBeLessThanOrEqual(
              maxExposurePercent,
            );
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});
