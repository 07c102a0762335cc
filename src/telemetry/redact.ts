import { SluiceError } from '../domain/errors.ts';

const SECRET_KEY =
  /secret|token|passw|authori[sz]ation|credential|cookie|private|api-?key|^env$|^data$|stringdata/i;
const SECRET_TEXT =
  /-----BEGIN [A-Z ]+-----|\bBearer\s+\S+|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|:\/\/[^/\s:@]+:[^/\s@]+@/;
const MASK = '[redacted]';
const MAX_TEXT = 1024;
const MAX_ITEMS = 50;
const MAX_DEPTH = 4;

/**
 * A copy of a log line's fields that is safe to write: values under names that mean secrets, and texts that look like
 * one (PEM, bearer and web tokens, URLs with a password), are masked; Kubernetes objects shrink to kind and name;
 * errors to code, message and frames; long texts and lists are cut.
 */
export function redact(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactRecord(fields, 0);
}

function redactRecord(
  record: Readonly<Record<string, unknown>>,
  depth: number,
): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) {
    copy[key] = SECRET_KEY.test(key) ? MASK : redactValue(value, depth + 1);
  }
  return copy;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return redactError(value, depth);
  if (depth >= MAX_DEPTH) return '[deep]';
  if (Array.isArray(value)) {
    return value.slice(0, MAX_ITEMS).map((item) => redactValue(item, depth + 1));
  }
  const record = value as Record<string, unknown>;
  return isKubeObject(record) ? referenceOf(record) : redactRecord(record, depth);
}

/** Masks the parts of a text that look like a secret, and cuts it at 1 KiB. */
function redactText(text: string): string {
  if (SECRET_TEXT.test(text)) return MASK;
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  if (error instanceof SluiceError) {
    const cause = error.cause instanceof Error && depth < MAX_DEPTH ? error.cause : undefined;
    return {
      code: error.code,
      message: redactText(error.message),
      ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }),
      ...(cause === undefined ? {} : { cause: redactError(cause, depth + 1) }),
    };
  }
  const { code } = error as NodeJS.ErrnoException;
  return {
    name: error.name,
    ...(code === undefined ? {} : { errno: code }),
    // A SyntaxError quotes the text that it could not read.
    ...(error instanceof SyntaxError ? {} : { message: redactText(error.message) }),
    ...(error.stack === undefined ? {} : { frames: framesOf(error.stack) }),
  };
}

function framesOf(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 8)
    .map((line) => line.slice(7));
}

function isKubeObject(record: Readonly<Record<string, unknown>>): boolean {
  const { kind, metadata } = record;
  return typeof kind === 'string' && typeof metadata === 'object' && metadata !== null;
}

function referenceOf(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { name, namespace } = record['metadata'] as { name?: unknown; namespace?: unknown };
  return { kind: record['kind'], name, namespace };
}
