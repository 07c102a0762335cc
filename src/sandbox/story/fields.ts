import { SluiceError } from '../../domain/errors.ts';
import type { KubeObject } from '../../domain/object.ts';

/** A YAML mapping. */
export type Fields = Readonly<Record<string, unknown>>;

/** @throws SluiceError SLUICE_INPUT naming `where` when the value is no mapping, or has a field not in `known` */
export function fieldsOf(value: unknown, where: string, known?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw notA(where, 'mapping');
  }
  const unknown = known && Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new SluiceError(
      'SLUICE_INPUT',
      `story: ${where} has no field ${unknown}, only ${known?.join(', ') ?? ''}`,
    );
  }
  return value as Fields;
}

export function textOf(value: unknown, where: string): string {
  if (typeof value !== 'string' || value === '') throw notA(where, 'text');
  return value;
}

/** An integer from 0 on. */
export function countOf(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw notA(where, 'whole number');
  }
  return value;
}

export function listOf<T>(
  value: unknown,
  where: string,
  item: (value: unknown, where: string) => T,
): T[] {
  if (!Array.isArray(value)) throw notA(where, 'list');
  return value.map((one, index) => item(one, `${where}[${index}]`));
}

/** A Kubernetes object with apiVersion, kind and a name. */
export function objectOf(value: unknown, where: string): KubeObject {
  const fields = fieldsOf(value, where);
  textOf(fields['apiVersion'], `${where}.apiVersion`);
  textOf(fields['kind'], `${where}.kind`);
  const metadata = fieldsOf(fields['metadata'], `${where}.metadata`);
  textOf(metadata['name'], `${where}.metadata.name`);
  return value as KubeObject;
}

/** Milliseconds of a whole number with `s`, `m` or `h`. */
export function durationOf(value: unknown, where: string): number {
  const [, amount, unit] = /^(\d+)([smh])$/.exec(textOf(value, where)) ?? [];
  if (amount === undefined) throw notA(where, 'duration such as 2s');
  const seconds = unit === 'h' ? 3600 : unit === 'm' ? 60 : 1;
  return Number(amount) * seconds * 1000;
}

function notA(where: string, what: string): SluiceError {
  return new SluiceError('SLUICE_INPUT', `story: ${where} is not a ${what}`);
}
