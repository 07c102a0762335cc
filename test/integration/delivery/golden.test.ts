import { expect, test } from 'vitest';
import { NAMESPACE } from '../../support/delivery-world.ts';
import { play } from '../../support/golden-player.ts';
import { GOLDEN_FOLDER, goldenNames, readGolden } from '../../support/golden-scenario.ts';

/** Recorded with real traffic, or with kinds and controllers that the in-memory world does not have. */
const ONLY_ON_A_CLUSTER =
  /^(?:gatewayapi-|contour-|p-(?!gatewayapi|istio|kubernetes|nginx)|daemonset|hpa|service-target)/;

const names = goldenNames().filter((name) => !ONLY_ON_A_CLUSTER.test(name));

test('the recorded runs of Flagger are there', () => {
  if (names.length > 0) return;
  const message = `no recorded runs in ${GOLDEN_FOLDER}; set SLUICE_SHARED`;
  if (process.env['CI'] !== undefined) throw new Error(message);
  process.stderr.write(`${message}: they are not compared\n`);
});

/** Where checks had no answer `failedChecks` does not count them. */
const UNANSWERED = new Set(['no-metrics', 'metrics-error']);

test.each(names)('%s goes as it went with Flagger', async (name) => {
  const golden = readGolden(name, NAMESPACE);
  const played = await play(golden);
  const counted = UNANSWERED.has(name)
    ? golden.status.filter((line) => !/failedChecks=[1-9]/.test(line))
    : golden.status;
  expect(played.status).toEqual(counted);
  expect(played.events).toEqual(golden.events);
  expect(played.analysis).toEqual(golden.analysis);
});
