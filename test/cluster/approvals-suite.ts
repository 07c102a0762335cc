import { ApiError } from './api.ts';
import {
  ApprovalsWorld,
  CANARIES,
  canary,
  INTERVAL_MS,
  NAME,
  NAMESPACE,
  OTHER,
  ROBOT,
} from './approvals-world.ts';
import { SYSTEM_NAMESPACE } from './install.ts';
import { expect } from './report.ts';
import type { SuiteContext } from './suite.ts';
import { waitFor } from './wait.ts';

const WINDOWS = `/apis/sluice.dev/v1alpha1/namespaces/${NAMESPACE}/changewindows`;
const BUDGETS = `/apis/sluice.dev/v1alpha1/namespaces/${NAMESPACE}/rolloutbudgets`;
const EXCEPTIONS = `/apis/sluice.dev/v1alpha1/namespaces/${SYSTEM_NAMESPACE}/policyexceptions`;
/** What a person says takes effect within this, from its creation on, milliseconds. */
const EFFECT_MS = 1000;
const START_MS = 60_000;
/** A round that is due, and the requests around it. */
const ROUND_MS = INTERVAL_MS + 8000;

/** What people say about rollouts, through the command line, on the real API server. */
export async function approvalsSuite(context: SuiteContext): Promise<void> {
  const { report } = context;
  const world = await ApprovalsWorld.setUp(context);
  try {
    await report.check('approvals: a step waits for another person, and says who may', () =>
      held(world),
    );
    await report.check('approvals: the author, a stranger and a ServiceAccount are refused', () =>
      refused(world),
    );
    await report.check('approvals: another person approves: it goes on within a second', () =>
      approved(world),
    );
    await report.check('approvals: pause and resume', () => paused(world));
    await report.check('approvals: an abort under a freeze', () => aborted(world));
    await report.check('approvals: a retry', () => retried(world));
    await report.check('approvals: a promotion leaves out the analysis', () => promoted(world));
    await report.check('approvals: who waited for a budget goes on when it is given back', () =>
      budgeted(world),
    );
    await report.check('approvals: an exception counts once another person approves it', () =>
      excepted(world),
    );
  } finally {
    world.stop();
  }
}

async function held(world: ApprovalsWorld): Promise<string> {
  await world.release('6.0.1', 'alice');
  const run = await world.untilRun('held', ({ status }) => status?.held !== undefined, START_MS);
  const { gate, reasons } = run.status?.held ?? { gate: '', reasons: [] };
  expect(gate === 'TrafficIncrease', `held at ${gate}`);
  expect(reasons.join().includes('another person must approve'), reasons.join());
  return reasons.join('; ');
}

async function refused(world: ApprovalsWorld): Promise<string> {
  const cases = [
    ['alice', /your own/],
    ['carol', /right (to "approve"|of its action)/],
    [ROBOT, /ServiceAccount/],
  ] as const;
  for (const [user, wanted] of cases) {
    const { code, stderr } = await world.sluice(user, 'approve', NAME, '-n', NAMESPACE);
    expect(code === 1, `${user}: exit code ${code} ${stderr}`);
    expect(wanted.test(stderr), `${user}: ${stderr}`);
  }
  expect(world.record.weight === 0, `the weight is ${world.record.weight}`);
  return `${cases.length} users`;
}

async function approved(world: ApprovalsWorld): Promise<string> {
  const dry = await world.sluice('bob', 'approve', NAME, '-n', NAMESPACE, '--dry-run');
  expect(dry.code === 0 && /by bob/.test(dry.stdout), `dry run: ${dry.stdout}${dry.stderr}`);
  let said = { code: 3, stdout: '', stderr: '' };
  const ms = await world.effect(20, async () => {
    said = await world.sluice('bob', 'approve', NAME, '-n', NAMESPACE, '--max-weight', '40');
  });
  expect(said.code === 0, `${said.stdout}${said.stderr}`);
  expect(/InForce/.test(said.stdout), said.stdout);
  expect(ms < EFFECT_MS, `it took ${Math.round(ms)} ms`);
  return `${Math.round(ms)} ms after its creation`;
}

async function paused(world: ApprovalsWorld): Promise<string> {
  const since = performance.now();
  const pause = await world.sluice('bob', 'pause', NAME, '-n', NAMESPACE, '-o', 'json');
  expect(pause.code === 0, `${pause.stdout}${pause.stderr}`);
  const { outcome } = JSON.parse(pause.stdout) as { outcome: string };
  expect(outcome === 'Done', outcome);
  // The next step would be due within this time.
  await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS + 3000));
  expect(world.record.weight === 20, `the weight is ${world.record.weight}`);
  const run = await world.run();
  expect(run.status?.paused?.by === 'bob', JSON.stringify(run.status?.paused));
  const ms = await world.effect(40, () => world.sluice('bob', 'resume', NAME, '-n', NAMESPACE));
  expect(ms < EFFECT_MS, `it took ${Math.round(ms)} ms`);
  const stood = Math.round((performance.now() - since) / 1000);
  return `held for ${stood} s, went on ${Math.round(ms)} ms after`;
}

async function aborted(world: ApprovalsWorld): Promise<string> {
  const { api } = world.context.cluster;
  const now = Date.now();
  const instant = (ms: number): string => new Date(now + ms).toISOString();
  await api.create(WINDOWS, {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'ChangeWindow',
    metadata: { name: 'freeze', namespace: NAMESPACE },
    spec: {
      type: 'Deny',
      schedule: { from: instant(-60_000), to: instant(3_600_000) },
      reason: 'the till is closed',
    },
  });
  const frozen = (run: Awaited<ReturnType<typeof world.run>>): boolean =>
    run.status?.held?.nextOpen !== undefined;
  await world.untilRun('held by the freeze', frozen, ROUND_MS);
  const ms = await world.effect(0, () => world.sluice('bob', 'abort', NAME, '-n', NAMESPACE));
  expect(ms < EFFECT_MS, `it took ${Math.round(ms)} ms`);
  await world.untilPhase('Failed', 2000);
  const { status } = await world.run();
  expect(status?.outcome?.reason === 'Aborted', JSON.stringify(status?.outcome));
  const late = await world.sluice('bob', 'abort', NAME, '-n', NAMESPACE);
  expect(late.code === 1 && /is over/.test(late.stderr), `${late.code}: ${late.stderr}`);
  return `${Math.round(ms)} ms after its creation`;
}

async function retried(world: ApprovalsWorld): Promise<string> {
  const { api } = world.context.cluster;
  const failed = await world.run();
  const said = await world.sluice('bob', 'retry', NAME, '-n', NAMESPACE);
  expect(said.code === 0, `${said.stdout}${said.stderr}`);
  const isNew = ({ metadata }: { metadata: { name: string } }): boolean =>
    metadata.name !== failed.metadata.name;
  const run = await world.untilRun('another run', isNew, 2000);
  expect(run.spec.revision === failed.spec.revision, 'another revision');
  await world.untilPhase('Waiting', ROUND_MS);
  await api.remove(`${WINDOWS}/freeze`);
  await world.untilPhase('Progressing', 5000);
  return `${run.metadata.name} for ${failed.metadata.name}`;
}

async function promoted(world: ApprovalsWorld): Promise<string> {
  const own = await world.sluice('alice', 'promote', NAME, '-n', NAMESPACE);
  expect(own.code === 1 && /your own/.test(own.stderr), `alice: ${own.stderr}`);
  const said = await world.sluice('bob', 'promote', NAME, '-n', NAMESPACE);
  expect(said.code === 0, `${said.stdout}${said.stderr}`);
  const at = performance.now();
  await world.context.cluster.api.create(BUDGETS, {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutBudget',
    metadata: { name: 'one', namespace: NAMESPACE },
    spec: { maxConcurrent: 1 },
  });
  await world.release('6.0.1', 'alice', OTHER);
  const { status } = await world.untilRun(
    'the other one waits',
    (run) => run.status?.held?.budgets !== undefined,
    ROUND_MS,
    OTHER,
  );
  expect(status?.held?.gate === 'RolloutStart', JSON.stringify(status?.held));
  await world.untilPhase('Succeeded', 2 * ROUND_MS + 20_000);
  expect(world.record.weight === 0, `the weight is ${world.record.weight}`);
  return `after ${Math.round((performance.now() - at) / 1000)} s, past 3 steps`;
}

/** The other one has waited while the first was promoted. */
async function budgeted(world: ApprovalsWorld): Promise<string> {
  const over = performance.now();
  await world.untilPhase('Progressing', 2 * EFFECT_MS, OTHER);
  const ms = Math.round(performance.now() - over);
  const { status } = await world.run(OTHER);
  const [reservation] = status?.reservations ?? [];
  expect(reservation?.budget === `${NAMESPACE}/one`, JSON.stringify(status?.reservations));
  const { api } = world.context.cluster;
  await api.remove(`${BUDGETS}/one`);
  return `${ms} ms after the first has ended`;
}

async function excepted(world: ApprovalsWorld): Promise<string> {
  const { api } = world.context.cluster;
  const { kubectl } = world.context;
  const object = canary('loose', {});
  const create = (): Promise<unknown> => api.create(`${CANARIES}?dryRun=All`, object);
  const denied = await create().catch((error: unknown) => error);
  expect(denied instanceof ApiError && /a team is named/.test(denied.message), String(denied));
  const exception = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'PolicyException',
    metadata: { name: 'no-team', namespace: SYSTEM_NAMESPACE },
    spec: {
      type: 'Exception',
      policies: [{ name: 'desk-named-team' }],
      match: { names: ['loose'] },
      reason: 'it is taken apart next week',
      expiresAt: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, ''),
    },
  };
  await kubectl(['create', '--as', 'alice', '-f', '-'], JSON.stringify(exception));
  const early = await create().catch((error: unknown) => error);
  expect(early instanceof ApiError, 'it counts before anybody has approved it');
  const reference = ['policyexception/no-team', '-n', SYSTEM_NAMESPACE];
  const own = await world.sluice('alice', 'approve', ...reference);
  expect(own.code === 1, `alice approved: ${own.stdout}`);
  const said = await world.sluice('bob', 'approve', ...reference);
  expect(said.code === 0, `${said.stdout}${said.stderr}`);
  const since = performance.now();
  await waitFor('the exception counts', () => create().then(() => true as const), 5000);
  await api.remove(`${EXCEPTIONS}/no-team`);
  return `${said.stdout.trim().split('\n').at(-1) ?? ''}; ${Math.round(performance.now() - since)} ms`;
}
