import { ApiError, badRequest, invalid, unsupportedValue, type Cause } from './api-error.ts';

const MATCH = 'resourceVersionMatch';

/** How a list or a watch is asked for, apart from its selectors; '' where nothing is said. */
export interface ListOptions {
  /** Below 1: no limit. */
  readonly limit: number;
  readonly continueToken: string;
  /** As it was written. */
  readonly resourceVersion: string;
  readonly match: string;
  /** Of a watch; one that starts nowhere in particular starts with what there is. */
  readonly sendInitialEvents: boolean;
  readonly allowWatchBookmarks: boolean;
  /** 0: not said. */
  readonly timeoutSeconds: number;
}

/** Whether a query asks for a watch. */
export function asksForWatch(query: URLSearchParams): boolean {
  return flag(query, 'watch') ?? false;
}

/**
 * Reads the options of a list or watch as `ListOptions` of meta.k8s.io, with the defaults and checks of kube-apiserver.
 * @throws ApiError 400 for what is no number, 422 for options that do not go together
 */
export function listOptionsOf(query: URLSearchParams): ListOptions {
  const limit = integer(query, 'limit');
  const timeoutSeconds = integer(query, 'timeoutSeconds');
  const isWatch = asksForWatch(query);
  const asked = withDefaults(
    {
      match: query.get(MATCH) ?? '',
      resourceVersion: query.get('resourceVersion') ?? '',
      continueToken: query.get('continue') ?? '',
      sendInitialEvents: flag(query, 'sendInitialEvents'),
    },
    isWatch,
  );
  const causes = isWatch ? watchCauses(asked) : listCauses(asked);
  if (causes.length > 0) {
    throw invalid({ group: 'meta.k8s.io', plural: '', kind: 'ListOptions' }, '', causes);
  }
  return {
    ...asked,
    limit,
    sendInitialEvents: asked.sendInitialEvents ?? false,
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks') ?? false,
    timeoutSeconds,
  };
}

interface Asked {
  readonly match: string;
  readonly resourceVersion: string;
  readonly continueToken: string;
  readonly sendInitialEvents: boolean | undefined;
}

/** A watch that starts nowhere in particular starts with what there is. */
function withDefaults(asked: Asked, isWatch: boolean): Asked {
  const { match, resourceVersion, sendInitialEvents } = asked;
  const startsAnywhere = resourceVersion === '' || resourceVersion === '0';
  const saysHow = match !== '' || sendInitialEvents !== undefined;
  if (!isWatch || !startsAnywhere || saysHow) return asked;
  return { ...asked, match: 'NotOlderThan', sendInitialEvents: true };
}

const NO_CONTINUE = `${MATCH} is forbidden when continue is provided`;

function listCauses({ match, resourceVersion, continueToken, sendInitialEvents }: Asked): Cause[] {
  const causes: Cause[] = [];
  if (match !== '') {
    if (resourceVersion === '') {
      causes.push(
        forbiddenField(MATCH, `${MATCH} is forbidden unless resourceVersion is provided`),
      );
    }
    if (continueToken !== '') causes.push(forbiddenField(MATCH, NO_CONTINUE));
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      causes.push(unsupportedValue(MATCH, match, ['Exact', 'NotOlderThan', '']));
    }
    if (match === 'Exact' && resourceVersion === '0') {
      const text = `${MATCH} "exact" is forbidden for resourceVersion "0"`;
      causes.push(forbiddenField(MATCH, text));
    }
  }
  if (sendInitialEvents !== undefined) {
    const text = 'sendInitialEvents is forbidden for list';
    causes.push(forbiddenField('sendInitialEvents', text));
  }
  return causes;
}

function watchCauses({ match, continueToken, sendInitialEvents }: Asked): Cause[] {
  const causes: Cause[] = [];
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    const text = `sendInitialEvents requires setting ${MATCH} to NotOlderThan`;
    causes.push(forbiddenField(MATCH, text));
  }
  if (match === '') return causes;
  if (sendInitialEvents === undefined) {
    const text = `${MATCH} is forbidden for watch unless sendInitialEvents is provided`;
    causes.push(forbiddenField(MATCH, text));
  }
  if (match !== 'NotOlderThan') causes.push(unsupportedValue(MATCH, match, ['NotOlderThan']));
  if (continueToken !== '') causes.push(forbiddenField(MATCH, NO_CONTINUE));
  return causes;
}

function forbiddenField(field: string, detail: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${detail}`, field };
}

/** As kube-apiserver reads a boolean of a query: what is not false or 0 is true, nothing behind the name too. */
function flag(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  return text === null ? undefined : text !== '0' && text.toLowerCase() !== 'false';
}

const INT64 = 2n ** 63n;
const UINT64 = 2n ** 64n;

function integer(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null) return 0;
  const shown = JSON.stringify(text);
  const failure = (why: string): ApiError =>
    badRequest(`strconv.ParseInt: parsing ${shown}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw failure('invalid syntax');
  const value = BigInt(text.replace('+', ''));
  if (value >= INT64 || value < -INT64) throw failure('value out of range');
  return Number(value);
}

/**
 * Reads a resourceVersion; '' is 0.
 * @throws TypeError with kube-apiserver's words when it is none
 */
function parseRevision(text: string): number {
  if (text === '') return 0;
  const isNumber = /^\d+$/.test(text);
  if (isNumber && BigInt(text) < UINT64) return Number(text);
  const shown = JSON.stringify(text);
  const why = isNumber ? 'value out of range' : 'invalid syntax';
  throw new TypeError(
    `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: ${why}`,
  );
}

/**
 * The resourceVersion of a list; '' is 0.
 * @throws ApiError 400 when it is not a number
 */
export function listRevision(text: string): number {
  try {
    return parseRevision(text);
  } catch (error) {
    throw badRequest(`invalid resource version: ${(error as TypeError).message}`);
  }
}

/**
 * The resourceVersion of a watch or of a get; '' is 0.
 * @throws ApiError 500, as kube-apiserver answers there, when it is not a number
 */
export function startRevision(text: string): number {
  try {
    return parseRevision(text);
  } catch (error) {
    throw new ApiError(500, '', (error as TypeError).message);
  }
}

/** The error of a read that asks for a revision which is yet to come; kube-apiserver waits for it for a while. */
export function tooLargeRevision(wanted: string, current: number): ApiError {
  const text = `Timeout: Too large resource version: ${wanted}, current: ${current}`;
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }];
  return new ApiError(504, 'Timeout', text, { causes, retryAfterSeconds: 1 });
}
