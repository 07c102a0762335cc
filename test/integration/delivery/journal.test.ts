import { expect, test } from 'vitest';
import { startedWorld } from '../../support/delivery-start.ts';
import { NAME, NAMESPACE, type DeliveryWorld } from '../../support/delivery-world.ts';

const CANARY = `${NAMESPACE}/${NAME}`;
const RUN = `${NAME}-1`;

const lines = (world: DeliveryWorld): string[] =>
  world.log.map(({ message, from, to, gate, hook, reason }) =>
    [message, from, to, gate, hook, reason]
      .flatMap((part) => (part === undefined ? [] : [String(part as string | number)]))
      .join(' '),
  );

test('the log has a line for each phase, shift, hold and end', async () => {
  const world = await startedWorld();
  world.log.splice(0);
  let open = false;
  world.gate = ({ gate }) => (gate === 'Promotion' && !open ? { reason: 'secret text' } : 'allow');
  await world.release('podinfo:2');
  await world.until('WaitingPromotion');
  await world.clock.advance(30_000);
  open = true;
  await world.until('Succeeded');
  expect(lines(world)).toEqual([
    'rollout begins',
    'rollout changed its phase Pending Progressing',
    'canary changed its phase Initialized Progressing',
    'rollout shifts traffic 0 30',
    'rollout shifts traffic 30 60',
    'rollout changed its phase Progressing Held',
    'rollout is held Promotion',
    'canary changed its phase Progressing WaitingPromotion',
    'rollout changed its phase Held Promoting',
    'rollout is not held any more Promotion',
    'canary changed its phase WaitingPromotion Promoting',
    'rollout changed its phase Promoting Finalising',
    'rollout shifts traffic 60 0',
    'canary changed its phase Promoting Finalising',
    'rollout changed its phase Finalising Succeeded',
    'rollout was promoted Promoted',
    'canary changed its phase Finalising Succeeded',
  ]);
  expect(world.log.every(({ canary }) => canary === CANARY)).toBe(true);
  expect(world.log.find(({ message }) => message === 'rollout was promoted')).toMatchObject({
    run: RUN,
    durationSeconds: expect.any(Number) as number,
  });
  expect(JSON.stringify(world.log)).not.toContain('secret text');
});

test('the metrics have how long a rollout took and was held, by hook, window and policy', async () => {
  const world = await startedWorld();
  let count = 0;
  world.hooks = { 'confirm-rollout': () => (++count > 2 ? 200 : 403) };
  await world.editCanary((spec) => ({
    ...spec,
    analysis: { ...spec.analysis, webhooks: [world.hook('confirm-rollout')] },
  }));
  const opensAt = world.clock.now() + 120_000;
  const nextOpen = new Date(opensAt).toISOString();
  world.gate = ({ gate, now }) =>
    gate === 'Promotion' && Date.parse(now) < opensAt ? { reason: 'freeze', nextOpen } : 'allow';
  await world.release('podinfo:2');
  await world.until('Succeeded');
  expect(world.durations).toEqual([
    'RolloutStart hook 20',
    expect.stringMatching(/^Promotion window \d+(\.\d+)?$/),
    expect.stringMatching(/^Promoted \d+(\.\d+)?$/),
  ]);
  world.gate = () => 'allow';
  world.metric = () => 0;
  await world.release('podinfo:3');
  await world.until('Failed');
  expect(world.durations.at(-1)).toMatch(/^FailedChecks \d/);
});
