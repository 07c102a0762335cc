import { readFileSync } from 'node:fs';
import { CANARY_ATTEMPTS, OBJECT_ATTEMPTS, type Attempt } from './bypass-attempts.ts';
import { COVERAGE_ATTEMPTS, operatorIsRefused } from './bypass-coverage.ts';
import { FRIENDS } from './bypass-friends.ts';
import { ACTORS, type Actor, type Bypass } from './bypass-row.ts';
import { BYPASSES, bypassTable } from './bypass-table.ts';
import { BypassWorld } from './bypass-world.ts';
import { expect } from './report.ts';
import type { SuiteContext } from './suite.ts';
import { waitFor } from './wait.ts';

/** What is undone is undone within this. Milliseconds. */
const UNDONE_MS = 5000;
const RECORD_MS = 10_000;
const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  ...CANARY_ATTEMPTS,
  ...OBJECT_ATTEMPTS,
  ...COVERAGE_ATTEMPTS,
};
const PAGE = new URL('../../docs/reference/bypass.md', import.meta.url);
const RIGHTS = /cannot [a-z:-]+ resource/;
const OURS =
  /admission webhook "[a-z-]+\.validate\.sluice\.dev" denied|ValidatingAdmissionPolicy 'sluice-/;

/**
 * Every known way round a rollout, tried by three people on the real API server: refused, undone within five seconds, or
 * a gap that is recorded; then what must go on working. Prints the table of docs/reference/bypass.md with what happened.
 */
export async function bypassSuite(context: SuiteContext): Promise<void> {
  const { report } = context;
  await report.check('bypass: the documentation has this table', () => {
    expect(readFileSync(PAGE, 'utf8').includes(bypassTable()), 'docs/reference/bypass.md differs');
    return `${BYPASSES.length} rows`;
  });
  const world = await BypassWorld.setUp(context);
  const lines: string[] = [];
  for (const bypass of BYPASSES) {
    await report.check(`bypass: ${bypass.what}`, async () => {
      const found = await tried(world, bypass);
      lines.push(`| ${bypass.what} | ${found.map(({ text }) => text).join(' | ')} |`);
      const wrong = found.filter(({ verdict }, i) => verdict !== bypass.expected[i]);
      const texts = wrong.map(({ actor, text, message }) => `${actor}: ${text} ${message}`);
      expect(wrong.length === 0, `expected ${bypass.expected.join(', ')}; ${texts.join('; ')}`);
      return found.map(({ text }) => text).join(', ');
    });
  }
  await report.check('bypass: an operator of other webhooks may not change those of Sluice', () =>
    operatorIsRefused(world),
  );
  console.log(`\n| what is tried | ${ACTORS.join(' | ')} |\n| --- | --- | --- | --- |`);
  console.log(`${lines.join('\n')}\n`);
  for (const { what, work } of FRIENDS) {
    await report.check(`bypass: goes on working: ${what}`, () => work(world).then(() => undefined));
  }
}

interface Cell {
  readonly actor: Actor;
  readonly verdict: string;
  /** The verdict, with how long it took. */
  readonly text: string;
  /** What the API server said, when it said something. */
  readonly message: string;
}

async function tried(world: BypassWorld, { id }: Bypass): Promise<Cell[]> {
  const attempt = ATTEMPTS[id];
  if (attempt === undefined) throw new Error(`nobody tries ${id}`);
  const cells: Cell[] = [];
  for (const actor of ACTORS) cells.push(await cellOf(world, attempt, actor));
  return cells;
}

async function cellOf(world: BypassWorld, attempt: Attempt, actor: Actor): Promise<Cell> {
  const message = await attempt.try(world, actor).then(
    () => '',
    (error: unknown) => String(error),
  );
  if (message !== '') {
    const verdict = RIGHTS.test(message) ? 'no right' : OURS.test(message) ? 'refused' : 'failed';
    return { actor, verdict, text: verdict, message };
  }
  try {
    return { actor, message, ...(await followed(world, attempt)) };
  } finally {
    await attempt.restore?.(world);
  }
}

/** What became of a write that was let through. */
async function followed(
  world: BypassWorld,
  { isUndone, isRecorded }: Attempt,
): Promise<Pick<Cell, 'verdict' | 'text'>> {
  const started = performance.now();
  const undone = isUndone !== undefined && (await within(UNDONE_MS, () => isUndone(world)));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const isKnown = isRecorded === undefined || (await within(RECORD_MS, () => isRecorded(world)));
  const left = isRecorded === undefined ? 'gap' : 'gap, recorded';
  const text = undone ? `undone in ${seconds} s` : left;
  if (!isKnown) return { verdict: 'unrecorded', text: `${text}, but not recorded` };
  return { verdict: undone ? 'undone' : 'gap', text };
}

async function within(limitMs: number, ask: () => Promise<boolean>): Promise<boolean> {
  return waitFor('it', async () => ((await ask()) ? true : undefined), limitMs).catch(() => false);
}
