import { describe, expect, it } from 'vitest';
import { checkDoors } from './doors.ts';
import { checkInProcess, isBalanced } from './in-process.ts';

// The short form; `npm run test:property` is the long one. Every run draws the same.
const SEED = 20_260_301;
const TIMEOUT = 120_000;

describe('a decision is the same, byte for byte', () => {
  it('however often, and in whatever order its facts were written', { timeout: TIMEOUT }, () => {
    const tally = checkInProcess(SEED, 4000);
    expect(isBalanced(tally, 0.15), JSON.stringify(tally)).toBe(true);
  });

  it('through every door', { timeout: TIMEOUT }, async () => {
    const reports = await checkDoors(SEED, 100);
    expect(reports.map(({ checked }) => checked)).toEqual([100, 100, 100, 300]);
  });
});
