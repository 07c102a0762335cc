import { expect, test } from 'vitest';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { DeliveryWorld, NAME, NAMESPACE } from '../../support/delivery-world.ts';
import { CanaryGenerator } from '../../support/generated-canary.ts';

const CASES = 240;
const SEED = 'canaries';
/** Longest interval that is generated, and some rounds of it. */
const PATIENCE_MS = 20 * 120_000;
/** A Canary that is looked at more often than this, a second of virtual time, goes round in circles. */
const MAX_REQUESTS = 40_000;

const generator = new CanaryGenerator(SEED);
const cases = Array.from({ length: CASES }, (_, i) => [i, generator.spec(NAME)] as const);

/** Phases in which a Canary may stay for ever only with a condition or a run that says why. */
const MOVING = ['', 'Initializing', 'Waiting', 'Progressing', 'WaitingPromotion', 'Promoting'];

test.each(cases)('whatever the schema admits ends in a defined state: %i', async (_i, spec) => {
  const world = new DeliveryWorld();
  await world.createGateway();
  await world.createTarget();
  const metadata = { name: NAME, namespace: NAMESPACE };
  const canary = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', metadata, spec };
  await world.client.create(RESOURCES.canaries, canary);
  world.start();
  await world.clock.advance(PATIENCE_MS);
  await world.release('podinfo:2');
  await world.clock.advance(PATIENCE_MS);
  const defects = world.log.filter(({ message }) => message.includes('failed'));
  expect(defects).toEqual([]);
  for (const weight of world.weights) expect(weight).toBeGreaterThanOrEqual(0);
  for (const weight of world.weights) expect(weight).toBeLessThanOrEqual(100);
  const run = world.runs().at(-1)?.status;
  const isSaid =
    world.condition('Ready')?.status === 'False' ||
    run?.held !== undefined ||
    world.canary().spec.suspend === true;
  expect(isSaid || !MOVING.includes(world.phase()), `phase ${world.phase()}`).toBe(true);
  expect(world.client.writes.length).toBeLessThan(MAX_REQUESTS);
  await world.kill();
});

test('every optional field is there in at least a fifth of the cases in which it can be', () => {
  const rare = [...generator.counted].filter(
    ([, { present, possible }]) => possible >= 50 && present < possible / 5,
  );
  expect(rare).toEqual([]);
  const never = [...generator.counted].filter(([, { present }]) => present === 0);
  expect(never).toEqual([]);
});
