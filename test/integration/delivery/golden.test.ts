import { expect, test } from 'vitest';
import { NAMESPACE } from '../../support/delivery-world.ts';
import { play } from '../../support/golden-player.ts';
import {
  GOLDEN_FOLDER,
  goldenNames,
  OWN_FOLDER,
  readGolden,
} from '../../support/golden-scenario.ts';

/** Recorded with real traffic, or with kinds and controllers that the in-memory world does not have. */
const ONLY_ON_A_CLUSTER =
  /^(?:gatewayapi-|contour-|p-(?!gatewayapi|istio|kubernetes|nginx)|daemonset|hpa|service-target)/;

const names = goldenNames().filter((name) => !ONLY_ON_A_CLUSTER.test(name));
const own = goldenNames(OWN_FOLDER).filter((name) => !ONLY_ON_A_CLUSTER.test(name));

test('the recorded runs of Flagger are there', () => {
  if (names.length > 0) return;
  const message = `no recorded runs in ${GOLDEN_FOLDER}; set SLUICE_SHARED`;
  if (process.env['CI'] !== undefined) throw new Error(message);
  process.stderr.write(`${message}: they are not compared\n`);
});

/** Where checks had no answer `failedChecks` does not count them. */
const UNANSWERED = new Set(['no-metrics', 'metrics-error', 'metric-unknown']);

/** While the promotion waits the status has what is true, and Flagger's has not. */
function withoutProgress(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^(WaitingPromotion|Promoting) .* failed/, '$1 failed'));
}

test.each([
  ...names.map((name) => [name, GOLDEN_FOLDER] as const),
  ...own.map((name) => [name, OWN_FOLDER] as const),
])('%s goes as it went with Flagger', async (name, folder) => {
  const golden = readGolden(name, NAMESPACE, folder);
  const played = await play(golden);
  const counted = UNANSWERED.has(name)
    ? golden.status.filter((line) => !/failedChecks=[1-9]/.test(line))
    : golden.status;
  const waits = counted.some((line) => line.startsWith('WaitingPromotion'));
  const comparable = waits ? withoutProgress : (lines: readonly string[]) => lines;
  expect(comparable(played.status)).toEqual(comparable(counted));
  expect(played.events).toEqual(golden.events);
  expect(played.analysis).toEqual(golden.analysis);
});
