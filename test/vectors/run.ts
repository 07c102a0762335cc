/**
 * `npm run test:vectors -- [options] [file…]`: the engine's answers beside those of Kubernetes' own code, recorded ones or,
 * with `--fresh`, ones asked for now. The last line is `N passed, N failed`.
 */
import { parseArgs } from 'node:util';
import { runFresh } from './fresh/run-fresh.ts';
import { showFresh } from './fresh/show-fresh.ts';
import { runMatching } from './matching/run-matching.ts';
import { provideOracle } from './oracle.ts';
import { hasVectors, vectorFiles, vectorFolder } from './recorded.ts';
import { showRecorded, tableOf } from './show.ts';
import { percentOf, rowOf, scoreFile, type Row, type Scored } from './table.ts';

const LEAST_COSTS = 99;
const LEAST_FRESH = 99.5;
const HELP = `Usage: npm run test:vectors -- [options] [file…]

Scores the recorded vectors of $SLUICE_SHARED/vectors (default ../shared/vectors), all files or those named:
value, static type, error kind and class; of policies the verdict, message, warnings and audit annotations; of
mutations the object. Fails unless every line that does not need Go's built-in types agrees, and ${LEAST_COSTS} % of costs.

With --fresh nothing recorded is needed: N cases are drawn, asked of Kubernetes' own code (built from
$SLUICE_SHARED/oracle into the cache) and of Sluice; costs count, too. Fails below ${LEAST_FRESH} %.

With --matching N policies are drawn that differ in what they concern, with a request each, and put to Kubernetes'
own code, to the whole review path and to \`sluice eval\`. Fails on any difference.

Options:
  --fresh S N     draw N cases from seed S
  --matching S N  draw N policies and requests from seed S
  --show N        print the first N differences of each file (default 3)
  --help          print this text
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        show: { type: 'string', default: '3' },
        fresh: { type: 'string' },
        matching: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    const show = wholeNumber('--show', values.show);
    const { fresh: freshSeed, matching: matchingSeed } = values;
    if (freshSeed !== undefined) return await fresh(drawn('--fresh', freshSeed, positionals), show);
    if (matchingSeed === undefined) return await recorded(positionals, show);
    return await matching(drawn('--matching', matchingSeed, positionals), show);
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

async function recorded(named: readonly string[], show: number): Promise<number> {
  const folder = vectorFolder();
  if (!hasVectors()) return absent('vectors');
  const known = vectorFiles(folder);
  const unknown = named.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`unknown file ${unknown.join(', ')}; known: ${known.join(', ')}`);
  }
  const scores: (readonly [Row, readonly Scored[]])[] = [];
  for (const file of named.length > 0 ? named : known) {
    const scored = await scoreFile(folder, file);
    scores.push([rowOf(file, scored), scored]);
  }
  for (const [row, scored] of scores) showRecorded(row, scored, show);
  const rows = scores.map(([row]) => row);
  console.log(tableOf(rows));
  return verdict(rows);
}

function absent(what: string): number {
  const isNeeded = process.env['CI'] !== undefined;
  const said = isNeeded ? 'error: there are' : 'skipped:';
  console.log(`${said} no ${what}; set SLUICE_SHARED to the folder that has ${what}/`);
  console.log(`0 passed, ${isNeeded ? 1 : 0} failed`);
  return isNeeded ? 1 : 0;
}

interface Drawn {
  readonly seed: number;
  readonly count: number;
}

/** @throws Error unless the option has a seed and a number of cases */
function drawn(option: string, seed: string, [count = '', ...more]: readonly string[]): Drawn {
  if (more.length > 0) throw new Error(`${option} takes a seed and a number of cases`);
  return { seed: wholeNumber(option, seed), count: wholeNumber(option, count) };
}

function oracleProgram(): string | undefined {
  return provideOracle((line) => {
    console.log(line);
  });
}

async function matching({ seed, count }: Drawn, show: number): Promise<number> {
  const oracle = oracleProgram();
  if (oracle === undefined) return absent('oracle');
  const { denied, failures } = await runMatching(oracle, seed, count);
  for (const { line, problems } of failures.slice(0, show)) {
    console.log(`FAIL  ${JSON.stringify(line)}\n      ${problems.join('\n      ')}`);
  }
  console.log(`seed ${seed}: ${denied} of ${count} are denied`);
  console.log(`${count - failures.length} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

async function fresh({ seed, count }: Drawn, show: number): Promise<number> {
  const oracle = oracleProgram();
  if (oracle === undefined) return absent('oracle');
  const results = await runFresh(oracle, seed, count);
  showFresh(results, show);
  const asked = results.filter(({ differs }) => differs !== undefined);
  const passed = asked.filter(({ differs }) => differs?.length === 0).length;
  const percent = percentOf(passed, asked.length);
  console.log(
    `seed ${seed}: ${passed} of ${asked.length} the same (${percent.toFixed(2)} %), least ${LEAST_FRESH} %`,
  );
  const isEnough = percent >= LEAST_FRESH && asked.length > 0.9 * count;
  console.log(`${passed} passed, ${isEnough ? 0 : asked.length - passed} failed`);
  return isEnough ? 0 : 1;
}

/** A line too many of inexact costs is one failure. */
function verdict(rows: readonly Row[]): number {
  const sum = (of: (row: Row) => number): number => rows.reduce((all, row) => all + of(row), 0);
  const passed = sum(({ matching }) => matching);
  const exact = percentOf(
    sum(({ exactCosts }) => exactCosts),
    sum(({ costs }) => costs),
  );
  const isCostly = exact < LEAST_COSTS;
  if (isCostly) console.log(`FAIL  exact costs ${exact.toFixed(2)} %, least ${LEAST_COSTS} %`);
  const failed = sum(({ lines }) => lines) - passed + (isCostly ? 1 : 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** @throws Error unless the text is a whole number */
function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`${option} is a whole number from 0 to 999999999`);
}
