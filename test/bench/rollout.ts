/** Flagger and Sluice roll out the same changes in one cluster. Needs what `npm run test:cluster` needs. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { FLAGGER_VERSION } from '../cluster/binaries.ts';
import { runIsolated } from '../cluster/isolate.ts';
import type { Figure } from './page.ts';
import type { Rollout } from './rollout-measure.ts';
import type { Rollouts } from './rollout-inside.ts';

const INSIDE = new URL('./rollout-inside.ts', import.meta.url).pathname;
const MAX_FIRST_CANARY_S = 3;
const MAX_TO_ROLLBACK_S = 1;
const MOST_OF_FLAGGERS_FAILURES = 0.8;

/** Measures; nothing on a machine that cannot run a control plane. */
export function bench(repetitions: number): Promise<Figure[]> {
  const output = join(tmpdir(), `sluice-bench-${process.pid}.json`);
  try {
    const options = { keep: false, source: false, flagger: true };
    runIsolated(INSIDE, { output, repetitions }, options);
    return Promise.resolve(figuresOf(JSON.parse(readFileSync(output, 'utf8')) as Rollouts));
  } catch (error) {
    console.error(`not measured: ${error instanceof Error ? error.message : String(error)}`);
    return Promise.resolve([]);
  } finally {
    rmSync(output, { force: true });
  }
}

function figuresOf({ flagger, sluice }: Rollouts): Figure[] {
  const theirs = `Flagger ${FLAGGER_VERSION.slice(1)}`;
  const failures = medianOf(flagger.bad, 'failed');
  const lost = ({ good, bad }: Rollouts['sluice']): number =>
    [...good, ...bad].reduce((sum, rollout) => sum + rollout.lost, 0);
  return [
    shown(`${theirs}: change to Succeeded`, medianOf(flagger.good, 'seconds'), 's'),
    shown('Sluice: change to Succeeded', medianOf(sluice.good, 'seconds'), 's'),
    shown(
      `${theirs}: change to the first canary request`,
      medianOf(flagger.good, 'firstCanary'),
      's',
    ),
    atMost(
      'Sluice: change to the first canary request',
      { value: medianOf(sluice.good, 'firstCanary'), unit: 's' },
      MAX_FIRST_CANARY_S,
    ),
    shown(`${theirs}: last failed check to the rollback`, medianOf(flagger.bad, 'toRollback'), 's'),
    atMost(
      'Sluice: last failed check to the rollback (the same tick)',
      { value: medianOf(sluice.bad, 'toRollback'), unit: 's' },
      MAX_TO_ROLLBACK_S,
    ),
    shown(`${theirs}: failed requests of a rollback`, failures, 'requests'),
    {
      ...atMost(
        'Sluice: failed requests of a rollback',
        { value: medianOf(sluice.bad, 'failed'), unit: 'requests' },
        failures * MOST_OF_FLAGGERS_FAILURES,
      ),
      target: `<= ${MOST_OF_FLAGGERS_FAILURES} of Flagger's`,
    },
    shown(`${theirs}: lost requests`, lost(flagger), 'requests'),
    atMost('Sluice: lost requests', { value: lost(sluice), unit: 'requests' }, 0),
  ];
}

function medianOf(
  rollouts: readonly Rollout[],
  what: 'seconds' | 'firstCanary' | 'failed' | 'toRollback',
): number {
  const values = rollouts.map((rollout) => rollout[what]).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? NaN;
}

function shown(name: string, value: number, unit: string): Figure {
  return { name, value, unit, target: '–', ok: true };
}

function atMost(
  name: string,
  { value, unit }: { value: number; unit: string },
  most: number,
): Figure {
  return { name, value, unit, target: `<= ${most}`, ok: value <= most };
}
