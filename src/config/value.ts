import { SluiceError } from '../domain/errors.ts';
import { formatGoDuration, parseGoDuration } from '../lib/duration.ts';
import type { OptionSpec } from './option.ts';

export type OptionValue = string | number | boolean | readonly string[];

/**
 * Reads one option's text.
 * @param where how messages name its origin: `--min-interval`, `SLUICE_MIN_INTERVAL`, `config.yaml: minInterval`
 * @throws SluiceError SLUICE_CONFIG when the text does not fit; the text itself is not repeated
 */
export function readValue(spec: OptionSpec, text: string, where: string): OptionValue {
  switch (spec.kind) {
    case 'string':
      return text;
    case 'url':
      return readUrl(text, where);
    case 'integer':
      return readInteger(spec, text, where);
    case 'boolean':
      return readBoolean(text, where);
    case 'duration':
      return readDuration(spec, text, where);
    case 'list':
      return Object.freeze(
        text
          .split(',')
          .map((item) => item.trim())
          .filter((item) => item !== ''),
      );
    case 'enum':
      return readEnum(spec, text, where);
  }
}

/** The text that {@link readValue} reads as this value. */
export function writeValue(spec: OptionSpec, value: OptionValue): string {
  if (spec.kind === 'duration' && typeof value === 'number') return formatGoDuration(value);
  return String(value);
}

function readUrl(text: string, where: string): string {
  if (text === '') return '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw invalid(where, 'is not an http or https URL');
  }
  return text;
}

function readInteger(spec: OptionSpec, text: string, where: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw invalid(where, 'is not a whole number');
  return bounded(spec, Number(text), where);
}

function readBoolean(text: string, where: string): boolean {
  const lower = text.toLowerCase();
  if (['true', '1', 't'].includes(lower)) return true;
  if (['false', '0', 'f'].includes(lower)) return false;
  throw invalid(where, 'is neither true nor false');
}

function readDuration(spec: OptionSpec, text: string, where: string): number {
  const ms = parseGoDuration(text);
  if (ms === undefined) throw invalid(where, 'is not a duration such as 90s or 1m30s');
  return bounded(spec, Math.round(ms), where);
}

function readEnum(spec: OptionSpec, text: string, where: string): string {
  const values = spec.values ?? [];
  if (!values.includes(text)) throw invalid(where, `is not one of: ${values.join(', ')}`);
  return text;
}

function bounded(spec: OptionSpec, value: number, where: string): number {
  const show = (bound: number): string => writeValue(spec, bound);
  if (spec.min !== undefined && value < spec.min) {
    throw invalid(where, `is below ${show(spec.min)}`);
  }
  if (spec.max !== undefined && value > spec.max) {
    throw invalid(where, `is above ${show(spec.max)}`);
  }
  return value;
}

function invalid(where: string, problem: string): SluiceError {
  return new SluiceError('SLUICE_CONFIG', `${where} ${problem}`);
}
