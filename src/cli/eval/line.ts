import { SluiceError } from '../../domain/errors.ts';
import {
  isJsonArray,
  isJsonObject,
  parseLosslessJson,
  type Json,
} from '../../lib/lossless-json.ts';

/** A line of `sluice eval`, merged with the fixture that it names. */
export type EvalLine = Readonly<Record<string, Json>>;
export type Fixtures = Readonly<Record<string, Json>>;

/** What a fixture may stand in for. */
const FROM_FIXTURE = [
  'object',
  'oldObject',
  'params',
  'namespaceObject',
  'request',
  'variables',
  'authorizer',
  'typed',
] as const;

/** What never reaches the engine. */
const UNSEEN = new Set(['src', 'want', 'cost', 'id', 'tests', 'name']);

/** Reads the text of one line. @throws SluiceError SLUICE_INPUT when it is not a JSON object */
export function parseLine(text: string): EvalLine {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new SluiceError('SLUICE_INPUT', 'a line must be a JSON object');
  return value;
}

function parseJson(text: string): Json {
  try {
    return parseLosslessJson(text);
  } catch {
    throw new SluiceError('SLUICE_INPUT', 'not JSON');
  }
}

/** A line without what is not for the engine, and with what its fixture holds. @throws SluiceError */
export function withFixture(line: EvalLine, fixtures: Fixtures): EvalLine {
  const seen = Object.fromEntries(Object.entries(line).filter(([key]) => !UNSEEN.has(key)));
  const { bind, ...own } = seen;
  if (bind === undefined || bind === null || bind === '') return own;
  const fixture =
    typeof bind === 'string' && Object.hasOwn(fixtures, bind) ? fixtures[bind] : undefined;
  if (!isJsonObject(fixture)) throw unknownFixture(fixtures);
  const held = FROM_FIXTURE.filter((key) => Object.hasOwn(fixture, key));
  return { ...Object.fromEntries(held.map((key) => [key, fixture[key] ?? null])), ...own };
}

function unknownFixture(fixtures: Fixtures): SluiceError {
  const known = Object.keys(fixtures).join(', ');
  return new SluiceError(
    'SLUICE_INPUT',
    `no such fixture; known: ${known === '' ? 'none' : known}`,
  );
}

/** JSON, or JSON text inside a string; null when absent. @throws SluiceError */
export function document(value: Json | undefined): Json {
  if (typeof value !== 'string') return value ?? null;
  return value.trim() === '' ? null : document(parseJson(value));
}

/** A text field; '' when absent. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** A whole number field; undefined when absent. @throws SluiceError */
export function numberOf(line: EvalLine, name: string): number | undefined {
  const value = line[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw new SluiceError('SLUICE_INPUT', `${name} must be a number`);
}

/** `variables: [{name, expression}]` in order. @throws SluiceError */
export function variablesOf(
  line: EvalLine,
): readonly { readonly name: string; readonly expression: string }[] {
  const value = line['variables'] ?? null;
  if (value === null) return [];
  if (!isJsonArray(value)) throw new SluiceError('SLUICE_INPUT', 'variables must be a list');
  return value.map((variable) => {
    if (!isJsonObject(variable)) {
      throw new SluiceError('SLUICE_INPUT', 'a variable must be an object');
    }
    return { name: textOf(variable['name']), expression: textOf(variable['expression']) };
  });
}
