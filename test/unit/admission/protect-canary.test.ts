import { describe, expect, it } from 'vitest';
import type { Canary } from '../../../src/domain/canary.ts';
import { JsonDouble, type Json } from '../../../src/lib/lossless-json.ts';
import { edited, refusals } from './protect-fixture.ts';

const canary: Json = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'web', namespace: 'shop', finalizers: ['finalizer.flagger.app'] },
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    service: { port: 80 },
    analysis: { interval: '1m', threshold: 5, stepWeight: 10, maxWeight: 50 },
  },
  status: {
    phase: 'Succeeded',
    lastAppliedSpec: 'sluice.v1:1',
    lastPromotedSpec: 'sluice.v1:1',
  },
};
const withStatus = (status: object, object: Json = canary): Json =>
  edited(object, 'status', {
    lastAppliedSpec: 'sluice.v1:2',
    lastPromotedSpec: 'sluice.v1:1',
    ...status,
  });
const update = (path: string, value: unknown, oldObject: Json = canary): string[] =>
  refusals('canaries', { object: edited(oldObject, path, value), oldObject });
const remove = (oldObject: Json): string[] => refusals('canaries', { oldObject });

describe('values', () => {
  it.each<readonly [path: string, value: unknown, refused: string]>([
    ['stepWeight', 101, 'must be from 0 to 100'],
    ['stepWeight', -1, 'must be from 0 to 100'],
    ['maxWeight', 1000, 'must be from 0 to 100'],
    ['stepWeightPromotion', 200, 'must be from 0 to 100'],
    ['threshold', 1_000_000, 'must be from 0 to 1000'],
    ['threshold', new JsonDouble(2000), 'must be from 0 to 1000'],
    ['primaryReadyThreshold', 0, 'must be from 1 to 100'],
    ['canaryReadyThreshold', 101, 'must be from 1 to 100'],
    ['stepWeights', [10, 10], 'must rise'],
    ['stepWeights', [50, 20], 'must rise'],
    ['stepWeights', [10, 110], 'must rise'],
    ['interval', 'soon', 'is no duration'],
    ['interval', '8760h', 'at most 24h'],
    ['metrics', [{ name: 'x', thresholdRange: {} }], 'neither min nor max'],
    ['metrics', [{ name: 'x', thresholdRange: { min: 2, max: 1 } }], 'min is above max'],
  ])('%s %j', (path, value, refused) => {
    const field = `spec.analysis.${path}`;
    const found = refusals('canaries', { object: edited(canary, field, value) });
    expect(found).toEqual([expect.stringContaining(refused)]);
    expect(update(field, value)).toEqual(found);
  });

  it.each<readonly [path: string, value: unknown]>([
    ['stepWeights', [1, 5, 50, 100]],
    ['stepWeights', []],
    ['threshold', 0],
    ['interval', '24h'],
    ['interval', ''],
    [
      'metrics',
      [
        { name: 'x', thresholdRange: { min: 0 } },
        { name: 'y', threshold: 99 },
      ],
    ],
    ['metrics', []],
  ])('%s %j goes', (path, value) => {
    expect(update(`spec.analysis.${path}`, value)).toEqual([]);
  });

  it('what was so before is no reason to refuse an update', () => {
    const odd = edited(canary, 'spec.analysis.threshold', 5000);
    expect(update('spec.analysis.stepWeight', 5, odd)).toEqual([]);
    expect(update('spec.analysis.interval', 'soon', odd)).toHaveLength(1);
  });

  it('whether analysis is skipped or empty is for policies to say', () => {
    expect(update('spec.skipAnalysis', true)).toEqual([]);
    expect(update('spec.ingressRef', { name: 'other' })).toEqual([]);
    expect(update('spec.analysis', undefined)).toEqual([]);
  });
});

describe('references to other namespaces', () => {
  const metrics = [{ name: 'x', templateRef: { name: 't', namespace: 'other' } }];
  const alerts = [{ name: 'x', providerRef: { name: 't', namespace: 'other' } }];

  it('are refused on CREATE and on UPDATE', () => {
    const object = edited(canary, 'spec.analysis.metrics', metrics);
    expect(refusals('canaries', { object })).toHaveLength(1);
    expect(update('spec.analysis.metrics', metrics)).toHaveLength(1);
    expect(update('spec.analysis.alerts', alerts)).toHaveLength(1);
  });

  it('go where the option allows them, and to its own namespace', () => {
    const object = edited(canary, 'spec.analysis.metrics', metrics);
    const checks = { noCrossNamespaceRefs: false };
    expect(refusals('canaries', { object, oldObject: canary, checks })).toEqual([]);
    const own = [{ name: 'x', templateRef: { name: 't', namespace: 'shop' } }];
    expect(update('spec.analysis.metrics', own)).toEqual([]);
  });
});

describe('its place', () => {
  it('stays once it is initialised', () => {
    expect(update('spec.targetRef.name', 'other')).toHaveLength(1);
    expect(update('spec.service.name', 'other')).toHaveLength(1);
    expect(update('spec.service.name', 'web')).toEqual([]);
  });

  it('changes before, and when Sluice has lost it', () => {
    const fresh = withStatus({ phase: 'Initializing', lastAppliedSpec: '' });
    expect(update('spec.targetRef.name', 'other', fresh)).toEqual([]);
    const conditions = [{ type: 'Ready', status: 'False', reason: 'PrimaryMissing' }];
    expect(update('spec.targetRef.name', 'other', withStatus({ conditions }))).toEqual([]);
  });

  const rival = (spec: Partial<Canary['spec']>, deletionTimestamp?: string): Canary => ({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: {
      name: 'rival',
      namespace: 'shop',
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, ...spec },
  });
  const create = (others: readonly Canary[] | undefined): string[] =>
    refusals('canaries', { object: canary, checks: { canaries: () => others } });

  it('is nobody else’s: target and Services', () => {
    expect(create([rival({})])).toEqual([
      'spec.targetRef: is the target of the Canary rival already',
    ]);
    const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' };
    expect(create([rival({ targetRef, service: { name: 'web', port: 80 } })])).toHaveLength(1);
    expect(create([rival({ targetRef })])).toEqual([]);
    expect(create([rival({}, '2026-01-01T00:00:00Z')])).toEqual([]);
    expect(create(undefined)).toEqual([]);
  });

  it('an update of something else is not asked about it', () => {
    const object = edited(canary, 'spec.analysis.stepWeight', 5);
    const checks = { canaries: () => [rival({})] };
    expect(refusals('canaries', { object, oldObject: canary, checks })).toEqual([]);
  });
});

describe('while a rollout is under way', () => {
  const running = withStatus({ phase: 'Progressing' });

  it.each(['Progressing', 'WaitingPromotion', 'Promoting', 'Finalising'])('%s', (phase) => {
    const object = withStatus({ phase });
    expect(update('spec.suspend', true, object)).toHaveLength(1);
    expect(update('spec.skipAnalysis', true, object)).toHaveLength(1);
    expect(update('spec.ingressRef', { name: 'other' }, object)).toHaveLength(1);
    expect(remove(object)).toHaveLength(1);
    expect(remove(edited(object, 'spec.revertOnDeletion', true))).toHaveLength(1);
  });

  it('everything else goes, and the way back too', () => {
    expect(update('spec.analysis.stepWeight', 5, running)).toEqual([]);
    expect(update('spec.suspend', false, edited(running, 'spec.suspend', true))).toEqual([]);
    const suspended = edited(running, 'spec.suspend', true);
    expect(update('spec.analysis.stepWeight', 5, suspended)).toEqual([]);
  });

  it('of another controller it is not ours to protect', () => {
    const object = withStatus({ phase: 'Progressing', lastAppliedSpec: '5d8c7f' });
    expect(remove(object)).toEqual([]);
    expect(update('spec.suspend', true, object)).toEqual([]);
  });
});

describe('deletion', () => {
  it('goes when nothing is under way', () => {
    expect(remove(canary)).toEqual([]);
    expect(remove(edited(canary, 'spec.revertOnDeletion', true))).toEqual([]);
  });

  it('never gives all traffic to a version that was not promoted', () => {
    const failed = withStatus({ phase: 'Failed' });
    expect(remove(failed)).toEqual([]);
    expect(remove(edited(failed, 'spec.revertOnDeletion', true))).toHaveLength(1);
  });

  it('keeps its finalizer until the target serves again', () => {
    const going = edited(
      edited(canary, 'spec.revertOnDeletion', true),
      'metadata.deletionTimestamp',
      '2026-01-01T00:00:00Z',
    );
    expect(update('metadata.finalizers', [], going)).toHaveLength(1);
    expect(update('metadata.finalizers', [], canary)).toEqual([]);
    expect(
      update('metadata.finalizers', [], edited(going, 'spec.revertOnDeletion', false)),
    ).toEqual([]);
  });
});
