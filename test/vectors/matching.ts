/**
 * `node test/vectors/matching.ts [SEED] [N]`: draws N policies that differ in what they concern (rules, selectors,
 * bindings, parameters, conditions) with a request each, and compares the answers of Kubernetes' own code with those of
 * Sluice's review path and of `sluice eval`. The last line is `N passed, N failed`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { drawFrom } from './fresh/draw.ts';
import { drawMatching, type MatchingLine } from './matching/draw-matching.ts';
import { throughWebhook } from './matching/through-webhook.ts';
import { askOracle, provideOracle, type OracleAnswer } from './oracle.ts';
import { answersOf } from './recorded.ts';

const SHOWN = 10;
const KEYS = ['allowed', 'code', 'reason', 'message', 'warnings', 'audit'];
const [seed = '1', count = '2000'] = process.argv.slice(2);

process.exitCode = await main(Number(seed), Number(count));

async function main(from: number, cases: number): Promise<number> {
  const oracle = provideOracle(console.log);
  if (oracle === undefined) {
    console.log('0 passed, 0 failed, 1 skipped: no oracle');
    return 0;
  }
  const draw = drawFrom(from);
  const lines = Array.from({ length: cases }, (_each, index) => drawMatching(draw, `m${index}`));
  const { wanted, evaluated } = await ask(oracle, lines);
  let failed = 0;
  const verdicts = new Map<string, number>();
  for (const [index, line] of lines.entries()) {
    const want = wanted[index]?.result ?? {};
    const verdict = want['allowed'] === true ? 'allowed' : 'denied';
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    const problems = [
      ...differing('eval', want, evaluated[index] ?? {}),
      ...(isDeclared(line, want)
        ? []
        : differing('webhook', first(want), await throughWebhook(line))),
    ];
    if (problems.length === 0) continue;
    failed += 1;
    if (failed <= SHOWN) console.log(`FAIL ${JSON.stringify(line)}\n  ${problems.join('\n  ')}`);
  }
  console.log([...verdicts].map(([verdict, number]) => `${number} ${verdict}`).join(', '));
  console.log(`${cases - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

async function ask(
  oracle: string,
  lines: readonly MatchingLine[],
): Promise<{ wanted: OracleAnswer[]; evaluated: Readonly<Record<string, unknown>>[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-matching-'));
  try {
    const fixtures = join(folder, 'fixtures.json');
    writeFileSync(fixtures, '{}');
    const texts = lines.map((line) => JSON.stringify(line));
    return {
      wanted: await askOracle(oracle, fixtures, texts),
      evaluated: [...(await answersOf(fixtures, texts))],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Result = Readonly<Record<string, unknown>>;

function differing(what: string, want: Result, got: object): string[] {
  return [...KEYS, ...('cause' in want ? ['cause'] : [])].flatMap((key) => {
    const [wanted, given] = [plain(want[key]), plain((got as Result)[key])];
    return isDeepStrictEqual(wanted, given)
      ? []
      : [`${what}: ${key} is ${JSON.stringify(given)}, not ${JSON.stringify(wanted)}`];
  });
}

/** Nothing, nothing in a list and nothing in a map are the same. */
function plain(value: unknown): unknown {
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return value === null || isEmpty ? undefined : value;
}

/** The oracle's answer as far as a webhook can give it: without the name of what is refused. */
function first(want: Result): Result {
  const { message, causes } = want as { message?: string; causes?: string[] };
  return {
    ...want,
    ...(message === undefined
      ? {}
      : { message: message.replace(/^\S+ "[^"]*" is forbidden: /, '') }),
    ...(causes?.[0] === undefined ? {} : { cause: causes[0] }),
  };
}

/** Declared: an error of the configuration or of an annotation has the action of its binding. */
function isDeclared(line: MatchingLine, want: Result): boolean {
  const { bindings } = line as unknown as { bindings: { spec: { validationActions: string[] } }[] };
  const isSoft = bindings.some(({ spec }) => !spec.validationActions.includes('Deny'));
  return isSoft && want['allowed'] === false;
}
