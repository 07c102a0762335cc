import { setTimeout as delay } from 'node:timers/promises';
import { expect } from './report.ts';
import type { SuiteContext } from './suite.ts';
import {
  isFailed,
  isInFlight,
  isReleased,
  MEMBERS,
  NAMESPACE,
  release,
  type Group,
  type Member,
} from './takeover-objects.ts';
import { shapes, TakeoverWatch } from './takeover-watch.ts';
import { TakeoverWorld, type SeenCanary } from './takeover-world.ts';
import { waitFor } from './wait.ts';

/** How long nothing may be written after everything was taken over. */
const OBSERVED_MS = 8000;
const OWN = 'sluice.';

/**
 * The real Flagger is killed amid its work, Sluice takes over what it finds, rolls some of it out, and hands all of it
 * back. Pods are objects alone.
 */
export async function takeoverSuite(context: SuiteContext): Promise<void> {
  const { report } = context;
  const world = new TakeoverWorld(context);
  const check = (name: string, body: () => Promise<string | undefined>): Promise<void> =>
    report.check(`takeover: ${name}`, body);
  await world.setUp();
  let watch: TakeoverWatch | undefined;
  try {
    await check('Flagger has 60 Canaries settled, in flight, failed and suspended', () =>
      underFlagger(world),
    );
    watch = new TakeoverWatch(context.cluster.api);
    const following = watch;
    await check('it is killed, and some targets change before Sluice starts', () =>
      inTheGap(world, following),
    );
    await check('what was settled is adopted, and nothing of it is written', () =>
      takenOver(world, following),
    );
    await check('what was in flight is left as it is, and says so', () => leftInFlight(world));
    await check('what had failed is not rolled out again', () => stillFailed(world));
    await check('what changed in the gap is rolled out, exactly once each', () => changed(world));
    await check('a Flagger that comes back is kept out', () => keptOut(world));
    await check('Canaries that were taken over go on under Sluice', () => goOn(world));
    await check('handback refuses what is not settled, by name', () => refusals(world));
    await check('handback of all, once it is settled', () => handedBack(world));
    await check('Flagger takes over, and nothing moves', () => backUnderFlagger(world));
    await check('a later change is rolled out by Flagger', () => laterChange(world));
  } finally {
    watch?.stop();
    world.tearDown();
    await world.killFlagger();
  }
}

function names(isMeant: (member: Member) => boolean): string[] {
  return MEMBERS.filter(isMeant).map(({ name }) => name);
}

function inGroup(...groups: readonly Group[]): (member: Member) => boolean {
  return ({ group }) => groups.includes(group);
}

function phaseIs(...phases: readonly string[]): (canary: SeenCanary) => boolean {
  return ({ status }) => phases.includes(status?.phase ?? '');
}

function isOwn({ status }: SeenCanary): boolean {
  return status?.lastAppliedSpec?.startsWith(OWN) === true;
}

function reasonIs(reason: string): (canary: SeenCanary) => boolean {
  return ({ status }) => status?.conditions?.some((each) => each.reason === reason) === true;
}

async function underFlagger(world: TakeoverWorld): Promise<string> {
  const startedAt = performance.now();
  world.startFlagger();
  const all = names(() => true);
  await world.until('all are Initialized', all, phaseIs('Initialized'), 60_000);
  for (const name of names(isReleased)) await world.editTarget(name, release('2'));
  for (const name of names(isSettledAndSuspended)) {
    await world.editCanary(name, { spec: { suspend: true } });
  }
  await world.until('some have failed', names(isFailed), phaseIs('Failed'), 60_000);
  const waiting = names(({ variant }) => variant === 'waiting');
  await world.until('some wait', waiting, phaseIs('Waiting'), 30_000);
  const moving = names((member) => isInFlight(member) && member.variant !== 'waiting');
  await world.until('some are on their way', moving, isOnItsWay, 60_000);
  for (const name of names(({ variant }) => variant === 'in flight')) {
    await world.editCanary(name, { spec: { suspend: true } });
  }
  await world.killFlagger();
  return `${Math.round((performance.now() - startedAt) / 1000)} s`;
}

function isSettledAndSuspended({ group, variant }: Member): boolean {
  return group === 'suspended' && variant === 'plain';
}

function isOnItsWay({ status }: SeenCanary): boolean {
  return status?.phase === 'Progressing' && (status.canaryWeight > 0 || status.iterations > 0);
}

async function inTheGap(world: TakeoverWorld, watch: TakeoverWatch): Promise<undefined> {
  world.rollsBack = false;
  // Times in the cluster are whole seconds: what changes in the second of a failure is nobody's to tell.
  await delay(2000);
  for (const name of names(inGroup('changed'))) await world.editTarget(name, release('3'));
  for (const name of names(({ variant }) => variant === 'relabelled')) {
    await world.editTarget(name, { metadata: { labels: { touched: 'true' } } });
  }
  await watch.settle();
}

async function takenOver(world: TakeoverWorld, watch: TakeoverWatch): Promise<string> {
  // The suite's admin is of system:masters, whose word counts only where configuration says so.
  await world.configure({ SLUICE_MACHINE_APPROVERS: 'admin' });
  const before = await world.canaries();
  await world.startSluice();
  await world.until('the settled are adopted', names(inGroup('settled', 'failed')), isOwn, 60_000);
  const flight = names(inGroup('flight'));
  await world.until('the others say so', flight, reasonIs('TakeoverInFlight'), 30_000);
  const writes = await watch.writes(OBSERVED_MS);
  const mayMove = names(inGroup('changed'));
  const wrong = writes.filter(({ name }) => !mayMove.some((each) => isOf(each, name)));
  expect(wrong.length === 0, `written: ${JSON.stringify(wrong.slice(0, 5))} of ${wrong.length}`);
  const after = await world.canaries();
  for (const name of names(inGroup('suspended'))) {
    const [was, is] = [before, after].map((all) => JSON.stringify(all.get(name)?.status));
    expect(was === is, `${name} is suspended and was written`);
  }
  return `no write of ${MEMBERS.length - mayMove.length} Canaries' objects`;
}

/** Whether an object belongs to the Canary of this name. */
function isOf(canary: string, object: string): boolean {
  return [canary, `${canary}-primary`, `${canary}-canary`].includes(object);
}

async function leftInFlight(world: TakeoverWorld): Promise<string> {
  const all = await world.canaries();
  const runs = await world.runs();
  for (const name of names(inGroup('flight'))) {
    const canary = all.get(name);
    expect(canary !== undefined && !isOwn(canary), `${name} was adopted`);
    const own = runs.filter(({ spec }) => spec.subject.name === name);
    const isHeld = own.length === 1 && own[0]?.status?.phase === 'Held';
    expect(isHeld && own[0]?.spec.takenOver !== undefined, `${name}: ${own.length} runs`);
  }
  const phases = names(inGroup('flight')).map((name) => all.get(name)?.status?.phase ?? '');
  return [...new Set(phases)].join(', ');
}

async function stillFailed(world: TakeoverWorld): Promise<string> {
  const all = await world.canaries();
  const runs = await world.runs();
  const failed = names(inGroup('failed'));
  for (const name of failed) {
    const canary = all.get(name);
    expect(canary?.status?.phase === 'Failed', `${name} is ${canary?.status?.phase ?? ''}`);
  }
  const started = runs.filter(({ spec }) => failed.includes(spec.subject.name));
  expect(started.length === 0, `runs of failed ones: ${started.length}`);
  const settled = names(inGroup('settled', 'suspended'));
  const strays = runs.filter(({ spec }) => settled.includes(spec.subject.name));
  expect(strays.length === 0, `runs of settled ones: ${strays.length}`);
  return `${failed.length}, among them relabelled ones`;
}

async function changed(world: TakeoverWorld): Promise<string> {
  const meant = names(inGroup('changed'));
  await world.until('all are promoted', meant, phaseIs('Succeeded'), 90_000);
  const runs = await world.runs();
  for (const name of meant) {
    const own = runs.filter(({ spec }) => spec.subject.name === name);
    expect(own.length === 1, `${name} has ${own.length} runs`);
  }
  return `${meant.length} runs`;
}

async function keptOut(world: TakeoverWorld): Promise<string> {
  const before = await shapes(world.api);
  const statuses = await statusTexts(world);
  const from = world.flaggerLog().length;
  world.startFlagger();
  const refused = 'Flagger may not write it';
  await waitFor(
    'Flagger is refused',
    () => (world.flaggerLog().slice(from).includes(refused) ? true : undefined),
    40_000,
  );
  await delay(12_000);
  await world.killFlagger();
  const moved = differing(before, await shapes(world.api));
  expect(moved.length === 0, `moved: ${moved.slice(0, 5).join(', ')}`);
  const written = differing(statuses, await statusTexts(world));
  expect(written.length === 0, `statuses written: ${written.slice(0, 5).join(', ')}`);
  const times = world.flaggerLog().slice(from).split(refused).length - 1;
  return `refused ${times} times`;
}

async function statusTexts(world: TakeoverWorld): Promise<ReadonlyMap<string, string>> {
  const all = await world.canaries();
  return new Map([...all].map(([name, { status }]) => [name, JSON.stringify(status)]));
}

function differing(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => before.get(key) !== after.get(key),
  );
}

async function goOn(world: TakeoverWorld): Promise<string> {
  const retried = ['flight-0', 'flight-1', 'flight-2', 'flight-11'];
  const aborted = 'flight-4';
  for (const name of retried) {
    await quicken(world, name);
    const said = await world.sluice('retry', name, '-n', NAMESPACE);
    expect(said.code === 0, said.text);
  }
  const said = await world.sluice('abort', aborted, '-n', NAMESPACE);
  expect(said.code === 0, said.text);
  const released = ['settled-0', 'settled-1', 'settled-2', 'failed-0'];
  for (const name of released) {
    await quicken(world, name);
    await world.editTarget(name, release('4'));
  }
  const done = [...retried, ...released];
  await world.until('all are promoted', done, phaseIs('Succeeded'), 60_000);
  await world.until('one is taken back', [aborted], phaseIs('Failed'), 10_000);
  const runs = await world.runs();
  for (const name of released) {
    const own = runs.filter(({ spec }) => spec.subject.name === name);
    expect(own.length === 1, `${name} has ${own.length} runs`);
  }
  return `${retried.length} retried, ${released.length} released, 1 aborted`;
}

/** Fewer and shorter steps, and no hook. */
async function quicken(world: TakeoverWorld, name: string): Promise<void> {
  const member = MEMBERS.find((each) => each.name === name);
  const analysis =
    member?.provider === 'kubernetes'
      ? { iterations: 1 }
      : { stepWeight: null, maxWeight: null, stepWeights: [50] };
  await world.editCanary(name, {
    spec: { analysis: { interval: '1s', webhooks: [], ...analysis } },
  });
}

async function refusals(world: TakeoverWorld): Promise<string> {
  const dry = await world.sluice('handback', '-n', NAMESPACE, '--dry-run');
  expect(dry.code === 1, `exit ${dry.code}: ${dry.text}`);
  const said = await world.sluice('handback', '-n', NAMESPACE);
  expect(said.code === 1, `exit ${said.code}: ${said.text}`);
  const refused = said.text.split('\n').filter((line) => line.includes(': refused: '));
  const unsettled = ['flight-3', 'flight-10', 'failed-1', 'suspended-10', 'flight-4'];
  for (const name of unsettled) {
    expect(
      refused.some((line) => line.startsWith(`${NAMESPACE}/${name}:`)),
      `${name} is not refused`,
    );
  }
  const all = await world.canaries();
  const marked = [...all.values()].filter((each) => each.metadata.annotations !== undefined);
  expect(marked.length + refused.length >= all.size, 'neither handed back nor refused');
  return `${refused.length} refused`;
}

async function handedBack(world: TakeoverWorld): Promise<string> {
  for (const name of names(({ group }) => group !== 'changed' && group !== 'settled')) {
    if (isReleased(MEMBERS.find((each) => each.name === name) as Member))
      await setBack(world, name);
  }
  await world.until(
    'nothing is in flight',
    names(() => true),
    isSettled,
    60_000,
  );
  const said = await world.sluice('handback', '-n', NAMESPACE);
  expect(said.code === 0, `exit ${said.code}: ${said.text}`);
  const all = await world.canaries();
  const wrong = [...all.values()].filter(({ status }) => status?.phase !== 'Initializing');
  expect(wrong.length === 0, `${wrong.length} are not Initializing`);
  return `${all.size} Canaries`;
}

/** What was handed back already, or was rolled out, stays as it is. */
async function setBack(world: TakeoverWorld, name: string): Promise<void> {
  const canary = (await world.canaries()).get(name);
  if (canary?.status?.phase === 'Initializing') return;
  const primary = await world.api.get(
    `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${name}-primary`,
  );
  const { spec } = primary as unknown as {
    spec: { template: { spec: { containers: { image: string }[] } } };
  };
  const image = spec.template.spec.containers[0]?.image ?? '';
  await world.editTarget(name, release(image.split(':').pop() ?? ''));
  if (canary?.spec.suspend === true) await world.editCanary(name, { spec: { suspend: false } });
}

function isSettled(canary: SeenCanary): boolean {
  const isMarked = canary.metadata.annotations?.['sluice.dev/executor'] === 'flagger';
  return phaseIs('Initialized', 'Succeeded', 'Failed')(canary) ? isOwn(canary) : isMarked;
}

async function backUnderFlagger(world: TakeoverWorld): Promise<string> {
  await world.stopSluice();
  const before = await shapes(world.api);
  world.startFlagger();
  const meant = [...(await world.canaries()).values()]
    .filter(({ spec }) => spec.suspend !== true)
    .map(({ metadata }) => metadata.name);
  await world.until(
    'all are Initialized with digests of Flagger',
    meant,
    (canary) => phaseIs('Initialized')(canary) && !isOwn(canary),
    60_000,
  );
  await delay(12_000);
  const moved = differing(before, await shapes(world.api));
  expect(moved.length === 0, `moved: ${moved.slice(0, 5).join(', ')}`);
  const all = await world.canaries();
  const wrong = meant.filter((name) => all.get(name)?.status?.phase !== 'Initialized');
  expect(wrong.length === 0, `a rollout began: ${wrong.join(', ')}`);
  return `${meant.length} Canaries, not one weight, size or template moved`;
}

async function laterChange(world: TakeoverWorld): Promise<string> {
  const name = 'settled-3';
  await world.editTarget(name, release('5'));
  await world.until('it is under analysis', [name], isOnItsWay, 60_000);
  return name;
}
