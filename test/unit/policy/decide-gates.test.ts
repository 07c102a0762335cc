import { describe, expect, it } from 'vitest';
import type { Facts, WindowFact } from '../../../src/domain/decision.ts';
import { evaluateWindows } from '../../../src/governance/windows.ts';
import { decide } from '../../../src/policy/decide.ts';
import { canary, decideBy, facts, gateFacts, snapshotOf } from './support.ts';

const closed = (name: string, nextOpen?: string): WindowFact => ({
  namespace: 'shop',
  name,
  open: false,
  reason: 'the sale is on',
  ...(nextOpen === undefined ? {} : { nextOpen }),
});
const NO_POLICY = snapshotOf([], []);

describe('a closed window', () => {
  it('holds at a gate and says when it ends', () => {
    const windows = [closed('sale', '2026-03-03T00:00:00Z')];
    expect(decide(NO_POLICY, gateFacts('TrafficIncrease', { windows }))).toMatchObject({
      verdict: 'hold',
      nextOpen: '2026-03-03T00:00:00Z',
      violations: [
        {
          policy: 'ChangeWindow/shop/sale',
          binding: '',
          action: 'Hold',
          nextOpen: '2026-03-03T00:00:00Z',
          message:
            'change window shop/sale is closed: the sale is on; it opens at 2026-03-03T00:00:00Z',
        },
      ],
    });
  });

  it('does not deny a write', () => {
    const windows = [closed('sale')];
    expect(decide(NO_POLICY, facts({ windows }))).toMatchObject({
      verdict: 'allow',
      violations: [],
    });
  });

  it('does not hold a lower weight', () => {
    const given = gateFacts('TrafficIncrease', { windows: [closed('sale')] });
    const rollout =
      given.rollout === null ? null : { ...given.rollout, fromWeight: 20, toWeight: 0 };
    expect(decide(NO_POLICY, { ...given, rollout })).toMatchObject({
      verdict: 'allow',
      violations: [{ action: 'Audit' }],
    });
  });

  const openings: [string, WindowFact[], string | undefined][] = [
    [
      'the last end of several',
      [closed('a', '2026-03-03T00:00:00+01:00'), closed('b', '2026-03-02T23:30:00Z')],
      '2026-03-02T23:30:00Z',
    ],
    ['none when one never ends', [closed('a', '2026-03-03T00:00:00Z'), closed('b')], undefined],
    ['none when all are open', [{ ...closed('a'), open: true }], undefined],
  ];
  it.each(openings)('the next opening is %s', (_name, windows, nextOpen) => {
    expect(decide(NO_POLICY, gateFacts('Promotion', { windows })).nextOpen).toBe(nextOpen);
  });

  it('is evaluated from the objects themselves', () => {
    const window = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'ChangeWindow',
      metadata: { name: 'night', namespace: 'sluice-system' },
      spec: {
        type: 'Deny' as const,
        schedule: { from: '2026-03-02T00:00:00Z', to: '2026-03-02T12:00:00Z' },
        reason: 'backup',
      },
    };
    const subject = { namespace: 'shop', namespaceLabels: {}, labels: canary.metadata.labels };
    const at = (now: string): Facts =>
      gateFacts('RolloutStart', {
        now,
        windows: evaluateWindows([window], subject, {
          gate: 'RolloutStart',
          now,
          systemNamespace: 'sluice-system',
        }),
      });
    expect(decide(NO_POLICY, at('2026-03-02T10:00:00Z'))).toMatchObject({
      verdict: 'hold',
      nextOpen: '2026-03-02T12:00:00Z',
    });
    expect(decide(NO_POLICY, at('2026-03-02T12:00:00Z')).verdict).toBe('allow');
  });
});

describe('facts that are too old', () => {
  it('hold at a gate', () => {
    expect(
      decide(
        NO_POLICY,
        gateFacts('Promotion', { freshness: { ChangeWindow: 'unknown', Namespace: 'fresh' } }),
      ),
    ).toMatchObject({
      verdict: 'hold',
      violations: [{ policy: 'Freshness/ChangeWindow', error: true }],
    });
  });

  it('are an error when something is written', () => {
    expect(decide(NO_POLICY, facts({ freshness: { RolloutPolicy: 'unknown' } })).verdict).toBe(
      'error',
    );
  });
});

describe('at a gate', () => {
  it('rules match the resource whatever operations they name', () => {
    const matchConstraints = {
      resourceRules: [
        {
          apiGroups: ['flagger.app'],
          apiVersions: ['*'],
          resources: ['canaries'],
          operations: ['CREATE' as const],
        },
      ],
    };
    const validations = [{ expression: 'false' }];
    expect(decideBy({ matchConstraints, validations }, gateFacts('Promotion')).verdict).toBe(
      'hold',
    );
    const update = facts({
      request: { ...facts().request, operation: 'UPDATE' },
      oldObject: canary,
    });
    expect(decideBy({ matchConstraints, validations }, update).verdict).toBe('allow');
  });

  it('nothing is mutated', () => {
    const mutations = [
      {
        patchType: 'JSONPatch' as const,
        jsonPatch: { expression: '[JSONPatch{op: "add", path: "/spec/x", value: 1}]' },
      },
    ];
    expect(decideBy({ mutations }, gateFacts('Promotion')).patch).toEqual([]);
  });
});
