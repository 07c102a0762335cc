import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { drawFrom } from '../fresh/draw.ts';
import { askOracle, type OracleAnswer } from '../oracle.ts';
import { answersOf } from '../recorded.ts';
import { drawMatching, type MatchingLine } from './draw-matching.ts';
import { throughWebhook } from './through-webhook.ts';

const KEYS = ['allowed', 'code', 'reason', 'message', 'warnings', 'audit'];

/** How the answers compare. */
export interface MatchingScore {
  readonly denied: number;
  readonly failures: readonly {
    readonly line: MatchingLine;
    readonly problems: readonly string[];
  }[];
}

/**
 * Draws policies that differ in what they concern (rules, selectors, bindings, parameters, conditions), with a request
 * each, and compares the answers of Kubernetes' own code with those of the whole review path and of `sluice eval`.
 */
export async function runMatching(
  oracle: string,
  seed: number,
  count: number,
): Promise<MatchingScore> {
  const draw = drawFrom(seed);
  const lines = Array.from({ length: count }, (_each, index) => drawMatching(draw, `m${index}`));
  const { wanted, evaluated } = await ask(oracle, lines);
  const failures: MatchingScore['failures'][number][] = [];
  for (const [index, line] of lines.entries()) {
    const want = wanted[index]?.result ?? {};
    const webhook = isDeclared(line, want)
      ? []
      : differing('webhook', first(want), await throughWebhook(line));
    const problems = [...differing('eval', want, evaluated[index] ?? {}), ...webhook];
    if (problems.length > 0) failures.push({ line, problems });
  }
  const denied = wanted.filter(({ result }) => result?.['allowed'] === false).length;
  return { denied, failures };
}

async function ask(
  oracle: string,
  lines: readonly MatchingLine[],
): Promise<{ wanted: OracleAnswer[]; evaluated: readonly Readonly<Record<string, unknown>>[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-matching-'));
  try {
    const fixtures = join(folder, 'fixtures.json');
    writeFileSync(fixtures, '{}');
    const texts = lines.map((line) => JSON.stringify(line));
    const [wanted, evaluated] = await Promise.all([
      askOracle(oracle, fixtures, texts),
      answersOf(fixtures, texts),
    ]);
    return { wanted, evaluated };
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
