/**
 * A thousand rollouts at once on a virtual clock: promoted, rolled back, held and superseded ones, although a tenth of the
 * metric queries time out, every request takes 20 ms, and the API server refuses half of them in bursts. Each round has
 * its time; none may be more than an interval late.
 */
import { OPTIONS } from '../../src/config/options.ts';
import { INTERVAL_MS, playFleet } from '../support/fleet.ts';
import type { Figure } from './page.ts';

const CANARIES = 1000;
const LATENCY_MS = 20;
const MAX_REQUESTS_A_ROUND = 50;

export async function bench(): Promise<Figure[]> {
  const workers = Number(OPTIONS.threadiness.default);
  const played = await playFleet({
    canaries: CANARIES,
    workers,
    latencyMs: LATENCY_MS,
    trouble: true,
  });
  const late = played.lateness.toSorted((a, b) => a - b);
  const worst = late.at(-1) ?? Infinity;
  const median = late[late.length >> 1] ?? Infinity;
  const requests = played.requests / late.length;
  const of = `${CANARIES} rollouts every ${INTERVAL_MS / 1000} s`;
  const none = (name: string, value: number): Figure => ({
    name: `${of}: ${name}`,
    value,
    unit: '',
    target: '0',
    ok: value === 0,
  });
  const within = (name: string, value: number, most: number, unit: string): Figure => ({
    name: `${of}: ${name}`,
    value,
    unit,
    target: `<= ${most}`,
    ok: value <= most,
  });
  return [
    within('latest round', worst, INTERVAL_MS, 'ms late'),
    within('median round', median, INTERVAL_MS, 'ms late'),
    within('requests', requests, MAX_REQUESTS_A_ROUND, 'a round'),
    none('lost', played.lost),
    none('weights that are not 100 together', played.uneven),
  ];
}
