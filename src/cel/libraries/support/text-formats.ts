import { CelRuntimeError } from '../../library.ts';
import { parseTimestamp } from '../../time-text.ts';
import { goQuote } from './go-quote.ts';
import { checkRequestUri } from './parse-url.ts';
import { UrlError } from './url-escape.ts';
import type { NameCheck } from '../../../lib/name-formats.ts';

/** Formats of OpenAPI, as Kubernetes' schema validation reads them. */
export const uriProblems: NameCheck = (text) => {
  try {
    checkRequestUri(text);
    return [];
  } catch (error) {
    if (error instanceof UrlError) return [`parse ${goQuote(text)}: ${error.detail}`];
    throw error;
  }
};

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export const uuidProblems: NameCheck = problem('does not match the UUID format', (text) =>
  UUID.test(text),
);

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

export const byteProblems: NameCheck = problem('invalid base64', (text) => BASE64.test(text));

export const dateProblems: NameCheck = problem('invalid date', isDate);

export const datetimeProblems: NameCheck = problem('invalid datetime', isDatetime);

function problem(message: string, isValid: (text: string) => boolean): NameCheck {
  return (text) => (isValid(text) ? [] : [message]);
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  try {
    parseTimestamp(`${text}T00:00:00Z`);
    return true;
  } catch (error) {
    // Year 0 is a date, though no timestamp.
    if (error instanceof CelRuntimeError) return error.errorClass === 'overflow';
    throw error;
  }
}

const TIME = /^(\d\d):(\d\d):(\d\d)(?:.\d+)?(?:z|[+-]\d\d:\d\d)$/u;

function isDatetime(text: string): boolean {
  const [date, time] = text.toLowerCase().split('t');
  const match = TIME.exec(time ?? '');
  if (match === null || !isDate(date ?? '')) return false;
  const [hour = '', minute = '', second = ''] = match.slice(1);
  return hour <= '23' && minute <= '59' && second <= '59';
}
