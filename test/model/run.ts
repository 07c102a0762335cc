/**
 * `npm run test:model`: explores what the shipping planner and executor do in every order of events within bounds, and
 * takes guards out of copies of them to see that each is missed. docs/reference/model.md says what is explored.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { PROPERTIES, type Findings, type Violation } from './explorer.ts';
import { GUARDS, type Guard } from './guards.ts';
import { dropMutant, mutantOf } from './mutant.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

const HELP = `npm run test:model -- [options]
  --states N         distinct states of all scenarios together (250000)
  --disturbances N   disturbances on one way, at most (2)
  --seed N           order in which equally short ways are followed (1)
  --scenario NAME    only this one: ${SCENARIOS.map(({ name }) => `"${name}"`).join(', ')}
  --guards NAME      only guards whose name contains this; "none" for none
  --at-once N        processes at a time (2)
  --help`;

/** Distinct states that a full run reaches, at least. */
const WANTED = 100_000;
const GUARD_STATES = 30_000;

type Reported = Omit<Findings, 'checked'> & { checked: Record<string, number> };

const { values } = parseArgs({
  options: {
    states: { type: 'string', default: '250000' },
    disturbances: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    guards: { type: 'string', default: '' },
    'at-once': { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(HELP);
else await main();

async function main(): Promise<void> {
  const scenarios = SCENARIOS.filter(({ name }) => (values.scenario ?? name) === name);
  const total = Number(values.states);
  const shares = scenarios.reduce((sum, { share }) => sum + share, 0);
  const explored = await pooled(scenarios, async (scenario) => {
    const states = Math.ceil((total * scenario.share) / shares);
    const found = await explored_(process.cwd(), scenario.name, states);
    showScenario(scenario, found);
    return found;
  });
  const sound = showProperties(explored, values.scenario === undefined && total >= WANTED);
  const guards = GUARDS.filter(({ name }) => name.includes(values.guards));
  const caught = await pooled(guards, missed);
  const passed = sound.passed + caught.filter(Boolean).length;
  const failed = sound.failed + caught.filter((each) => !each).length;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function explored_(
  root: string,
  scenario: string,
  states: number,
  first = false,
): Promise<Reported> {
  const args = [
    join(root, 'test/model/inside.ts'),
    ...['--scenario', scenario, '--states', String(states), '--seed', values.seed],
    ...['--disturbances', values.disturbances, ...(first ? ['--first'] : [])],
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    maxBuffer: 1 << 26,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Reported;
}

/** A few at a time, in order. */
async function pooled<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: Number(values['at-once']) }, worker));
  return results;
}

function showScenario({ name }: Scenario, found: Reported): void {
  const bound = found.complete < 0 ? 'in part' : `completely up to ${found.complete} disturbances`;
  console.log(
    `${name}: ${found.states} states, ${found.transitions} transitions, ${found.calls} calls of the reconciler, ways of ${found.depth}, ${bound}`,
  );
  for (const violation of found.violations) showViolation(violation);
}

function showViolation({ property, detail, trace, scenario }: Violation): void {
  console.log(`  violated in ${scenario}: ${property}\n    ${detail}`);
  trace.forEach((line, i) => {
    console.log(`    ${String(i + 1).padStart(3)}. ${line}`);
  });
}

function showProperties(
  found: readonly Reported[],
  full: boolean,
): { passed: number; failed: number } {
  let passed = 0;
  for (const name of PROPERTIES) {
    const count = found.reduce((sum, { checked }) => sum + (checked[name] ?? 0), 0);
    const isBroken = found.some(({ violations }) =>
      violations.some(({ property }) => property === name),
    );
    const holds = !isBroken && (count > 0 || !full);
    if (holds) passed += 1;
    console.log(`${holds ? 'ok  ' : 'FAIL'} ${name}: ${count} times`);
  }
  const states = found.reduce((sum, each) => sum + each.states, 0);
  const enough = !full || states >= WANTED;
  console.log(`${enough ? 'ok  ' : 'FAIL'} ${states} distinct states`);
  return {
    passed: passed + (enough ? 1 : 0),
    failed: PROPERTIES.length - passed + (enough ? 0 : 1),
  };
}

/** @returns whether the absence of the guard was noticed */
async function missed(guard: Guard): Promise<boolean> {
  const folder = mutantOf(guard);
  try {
    const { violations, states } = await explored_(folder, guard.scenario, GUARD_STATES, true);
    const [found] = violations;
    console.log(
      found === undefined
        ? `FAIL without “${guard.name}” nothing is noticed in ${states} states`
        : `ok   without “${guard.name}”: “${found.property}” after ${found.trace.length} (${found.trace.slice(-2).join(' → ').slice(0, 160)})`,
    );
    return found !== undefined;
  } finally {
    dropMutant(folder);
  }
}
