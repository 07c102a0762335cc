/** What the webhook adds to a write, through the real API server. Needs what `npm run test:cluster` needs. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { runIsolated } from '../cluster/isolate.ts';
import type { Figure } from './page.ts';

const INSIDE = new URL('./cluster-inside.ts', import.meta.url).pathname;
const MAX_ADDED_MS = 0.5;

/** Median milliseconds of a dry-run create. */
export interface ClusterTimes {
  readonly none: number;
  readonly always: number;
  readonly ours: number;
}

/** Measures; nothing on a machine that cannot run a control plane. */
export function bench(): Promise<Figure[]> {
  const output = join(tmpdir(), `sluice-bench-${process.pid}.json`);
  try {
    runIsolated(INSIDE, { output }, { keep: false, source: true });
    return Promise.resolve(figuresOf(JSON.parse(readFileSync(output, 'utf8')) as ClusterTimes));
  } catch (error) {
    console.error(`not measured: ${error instanceof Error ? error.message : String(error)}`);
    return Promise.resolve([]);
  } finally {
    rmSync(output, { force: true });
  }
}

function figuresOf({ none, always, ours }: ClusterTimes): Figure[] {
  const added = ours - always;
  const shown = (name: string, value: number): Figure => ({
    name,
    value,
    unit: 'ms',
    target: '–',
    ok: true,
  });
  return [
    shown('dry-run create of a Deployment of 8 kB, no webhook (median)', none),
    shown('the same with a webhook that always allows', always),
    shown('the same with Sluice and 50 policies', ours),
    {
      name: 'what Sluice adds to a webhook that always allows (median)',
      value: added,
      unit: 'ms',
      target: `<= ${MAX_ADDED_MS}`,
      ok: added <= MAX_ADDED_MS,
    },
  ];
}
