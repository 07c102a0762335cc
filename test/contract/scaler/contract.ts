import { expect } from 'vitest';
import { isSameScaler, primaryScalerWrites } from '../../../src/delivery/primary-scaler.ts';
import { SCALERS } from '../../../src/delivery/scaler/index.ts';
import type { Scaler } from '../../../src/delivery/scaler/types.ts';
import type { Contract, ContractCase } from '../frame/contract.ts';
import { madeBy, targetOf, type ScalerFixture } from './fixture.ts';
import { SCALER_MUTANTS } from './mutants.ts';

type Case = ContractCase<Scaler, ScalerFixture>;

const PRIMARY: readonly Case[] = [
  {
    name: 'the primary’s scales the primary, between the target’s bounds',
    run: (scaler, fixture) => {
      const made = madeBy(scaler, fixture);
      expect(made.metadata.name).toBe('load-primary');
      const { scaleTargetRef } = fixture.spec;
      expect(made.spec.scaleTargetRef).toEqual({ ...scaleTargetRef, name: 'app-primary' });
      expect(scaler.bounds(made)).toEqual({ min: 2, max: 9 });
      expect(made.metadata.labels).toEqual({ team: 'a' });
      expect(made.metadata.ownerReferences).toMatchObject([{ name: 'app', controller: true }]);
    },
  },
  {
    name: 'what else its users said stays as it is, what they applied is not repeated',
    run: (scaler, fixture) => {
      const made = madeBy(scaler, fixture);
      expect(fixture.kept).not.toEqual([]);
      for (const field of fixture.kept) expect(made.spec[field]).toEqual(fixture.spec[field]);
      expect(JSON.stringify(made)).not.toContain('contract-secret');
    },
  },
  {
    name: 'overrides win',
    run: (scaler, fixture) => {
      const bounds = (primaryScalerReplicas: object): unknown =>
        scaler.bounds(madeBy(scaler, fixture, { more: { primaryScalerReplicas } }));
      expect(bounds({ minReplicas: 4, maxReplicas: 12 })).toEqual({ min: 4, max: 12 });
      expect(bounds({ minReplicas: 1 })).toEqual({ min: 1, max: 9 });
    },
  },
  {
    name: 'a floor raises the lower bound, never above the upper one, and never lowers it',
    run: (scaler, fixture) => {
      const min = (floor: number): number => scaler.bounds(madeBy(scaler, fixture, { floor })).min;
      expect([5, 50, 1].map(min)).toEqual([5, 9, 2]);
    },
  },
];

const SAMENESS: readonly Case[] = [
  {
    name: 'what is made is the same as itself, and a repeated write writes nothing',
    run: (scaler, fixture) => {
      const made = madeBy(scaler, fixture);
      expect(primaryScalerWrites(scaler, undefined, made)).toMatchObject([{ op: 'create' }]);
      const again = madeBy(scaler, fixture, { live: made });
      expect(primaryScalerWrites(scaler, made, again)).toEqual([]);
    },
  },
  {
    name: 'another bound is a difference, labels of others are none',
    run: (scaler, fixture) => {
      const made = madeBy(scaler, fixture);
      const labelled = { ...made, metadata: { ...made.metadata, labels: { team: 'a', x: 'y' } } };
      expect(isSameScaler(scaler, labelled, made)).toBe(true);
      const { metadata } = madeBy(scaler, fixture, { live: labelled });
      expect(metadata.labels).toEqual({ team: 'a', x: 'y' });
      const other = scaler.withMin(made, 3);
      expect(isSameScaler(scaler, other, made)).toBe(false);
      expect(primaryScalerWrites(scaler, other, made)).toMatchObject([{ op: 'replace' }]);
    },
  },
  {
    name: 'one that lost its owner gets it back',
    run: (scaler, fixture) => {
      const orphan = structuredClone(madeBy(scaler, fixture));
      delete orphan.metadata.ownerReferences;
      expect(isSameScaler(scaler, orphan, madeBy(scaler, fixture, { live: orphan }))).toBe(false);
    },
  },
  {
    name: 'pausing and resuming do nothing twice',
    run: (scaler, fixture) => {
      const target = targetOf(scaler, fixture);
      const paused = scaler.paused(target);
      if (paused === undefined) {
        expect(scaler.pausePatch(target)).toEqual([]);
        expect(scaler.resumePatch(target)).toEqual([]);
        return;
      }
      expect(paused).toBe(false);
      expect(scaler.resumePatch(target)).toEqual([]);
      expect(scaler.pausePatch(target).length).toBeGreaterThan(1);
    },
  },
];

/** What every autoscaler must keep. */
export const scalerContract: Contract<Scaler, ScalerFixture> = {
  of: 'scaler',
  exported: 'scaler',
  index: SCALERS,
  cases: [...PRIMARY, ...SAMENESS],
  mutants: SCALER_MUTANTS,
};
