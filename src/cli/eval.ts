import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { SluiceError } from '../domain/errors.ts';
import {
  isJsonObject,
  parseLosslessJson,
  stringifyLosslessJson,
  type Json,
} from '../lib/lossless-json.ts';
import { evaluateMutationCase, evaluatePolicyCase } from '../policy/evaluate-case.ts';
import type { CliCommand, ExitCode } from './command.ts';
import { evaluateDecision } from './eval/decision.ts';
import { evaluateExpression } from './eval/expression.ts';
import { parseLine, withFixture, type EvalLine, type Fixtures } from './eval/line.ts';

const EXAMPLE = `
Each line of standard input is a JSON object: {"id", "expression" | "policy" | "mutation", object, oldObject, request,
params, namespaceObject, authorizer, variables, as, envVersion, …}. Each is answered by one line, in order, before the
next is read: {"id", "ok": true, "value": {"t", "v"}, "type", "cost"} or {"id", "ok": false, "kind", "class", "error"}.
A line {"id", "policies", "bindings", "facts"} is decided once more, and answered by {"id", "decision"}.
Exit codes: 0 every line was answered, 2 a line could not be read.

Examples:
  echo '{"id": 1, "expression": "object.spec.replicas > 2", "object": {"spec": {"replicas": 3}}}' | sluice eval
  sluice eval --fixtures fixtures.json < cases.jsonl
`;

/** `sluice eval`: evaluates expressions and whole policies line by line. */
export const command: CliCommand = {
  name: 'eval',
  summary: 'Evaluate CEL expressions and policies, one JSON line each',
  configure: (verb) => {
    verb
      .option('-f, --fixtures <file>', 'JSON object of named inputs that a line may `bind`')
      .addHelpText('after', EXAMPLE);
  },
  run: async (_args, options, { cwd, stdin, stdout, signal }) => {
    const fixtures = readFixtures(options['fixtures'], cwd);
    let code: ExitCode = 0;
    const lines = createInterface({ input: stdin, crlfDelay: Infinity, signal });
    for await (const text of lines) {
      if (text.trim() === '') continue;
      const { answer, isInput } = answerLine(text, fixtures);
      if (isInput) code = 2;
      await write(stdout, `${stringifyLosslessJson(answer)}\n`);
    }
    return code;
  },
};

/** Resolves when the text has left this process's buffer. */
function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((done, fail) => {
    stream.write(text, (error) => {
      if (error) fail(error);
      else done();
    });
  });
}

function readFixtures(path: unknown, cwd: string): Fixtures {
  if (typeof path !== 'string') return {};
  const fixtures = readJson(resolve(cwd, path), path);
  if (!isJsonObject(fixtures))
    throw new SluiceError('SLUICE_INPUT', `${path} is not a JSON object`);
  return fixtures;
}

function readJson(file: string, shown: string): Json {
  try {
    return parseLosslessJson(readFileSync(file, 'utf8'));
  } catch {
    throw new SluiceError('SLUICE_INPUT', `${shown} cannot be read as JSON`);
  }
}

/** The answer to one line. `isInput`: the line itself was at fault. */
export function answerLine(
  text: string,
  fixtures: Fixtures,
): { readonly answer: Json; readonly isInput: boolean } {
  let id: Json = null;
  try {
    const line = parseLine(text);
    id = line['id'] ?? null;
    const answer = evaluate(withFixture(line, fixtures));
    return { answer: { id, ...answer }, isInput: false };
  } catch (error) {
    const isDeep = error instanceof RangeError;
    const isInput = isDeep || (error instanceof SluiceError && error.code === 'SLUICE_INPUT');
    const message = isDeep
      ? 'the line nests too deeply'
      : error instanceof SluiceError
        ? error.message
        : 'internal error';
    const kind = isInput ? 'input' : 'internal';
    return { answer: { id, ok: false, kind, class: 'other', error: message }, isInput };
  }
}

function evaluate(line: EvalLine): { readonly [key: string]: Json } {
  switch (kindOf(line)) {
    case 'policy':
      return evaluatePolicyCase(line) as unknown as { readonly [key: string]: Json };
    case 'decision':
      return evaluateDecision(line);
    case 'mutation':
      return evaluateMutationCase(mutationOf(line)) as unknown as { readonly [key: string]: Json };
    default:
      return evaluateExpression(line) as unknown as { readonly [key: string]: Json };
  }
}

function kindOf(line: EvalLine): string {
  const { kind } = line;
  if (typeof kind === 'string' && kind !== '') {
    if (['expr', 'policy', 'mutation', 'decision'].includes(kind)) return kind;
    throw new SluiceError('SLUICE_INPUT', 'unknown kind; known: expr, policy, mutation, decision');
  }
  if (Object.hasOwn(line, 'facts')) return 'decision';
  if (Object.hasOwn(line, 'mutation')) return 'mutation';
  return Object.hasOwn(line, 'policy') ? 'policy' : 'expr';
}

/** `mutation` may hold the expression or the policy itself. */
function mutationOf(line: EvalLine): EvalLine {
  const { mutation, ...rest } = line;
  if (mutation === undefined) return line;
  return typeof mutation === 'string'
    ? { ...rest, expression: mutation }
    : { ...rest, policy: mutation };
}
