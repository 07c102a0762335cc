import { Buffer } from 'node:buffer';
import { ApiError, badRequest, expired } from './api-error.ts';
import { isFields } from './json.ts';
import { asServed, type ApiObject } from './resource.ts';
import type { Selection } from './selection.ts';
import { storedName, type Store } from './store.ts';

/** One page of objects as they are served, and the metadata of the list. */
export interface Page {
  readonly items: ApiObject[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
  readonly remaining: number | undefined;
}

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

/**
 * Lists the selected objects. Pages after the first show the same revision as the first one.
 * @throws ApiError 400 for a bad parameter, 410 when the revision of a continue token is gone, 504 when it is ahead
 */
export function listObjects(store: Store, selection: Selection, query: URLSearchParams): Page {
  const limit = wholeNumber(query, 'limit');
  const token = query.get('continue') ?? '';
  const from = token === '' ? undefined : readToken(token);
  const revision = from?.revision ?? wantedRevision(store, query);
  const selected = objectsAt(store, selection, revision).filter((object) =>
    selection.takes(object),
  );
  const rest =
    from === undefined ? selected : selected.filter((object) => keyOf(object) > from.after);
  const page = limit === 0 ? rest : rest.slice(0, limit);
  const last = page.at(-1);
  const hasMore = page.length < rest.length && last !== undefined;
  return {
    items: page.map((object) => asServed(selection.resource, object)),
    resourceVersion: String(revision),
    continueToken: hasMore ? writeToken(revision, keyOf(last)) : undefined,
    remaining: hasMore && !selection.selective ? rest.length - page.length : undefined,
  };
}

function keyOf({ metadata }: ApiObject): string {
  return storedName(metadata.namespace, metadata.name);
}

function wantedRevision(store: Store, query: URLSearchParams): number {
  const wanted = revisionOf(query.get('resourceVersion') ?? '');
  if (wanted > store.revision) {
    const text = `Timeout: Too large resource version: ${wanted}, current: ${store.revision}`;
    throw new ApiError(504, 'Timeout', text, { retryAfterSeconds: 1 });
  }
  return query.get('resourceVersionMatch') === 'Exact' ? wanted : store.revision;
}

/**
 * Reads a resourceVersion; '' is 0.
 * @throws ApiError 400 when it is not a number
 */
export function revisionOf(text: string): number {
  if (text === '') return 0;
  if (!/^\d{1,15}$/.test(text)) {
    const shown = JSON.stringify(text);
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`,
    );
  }
  return Number(text);
}

/** The objects of a revision: those of now, with the later writes undone. */
function objectsAt(
  store: Store,
  { resource, namespace }: Selection,
  revision: number,
): ApiObject[] {
  const { storageKey } = resource;
  if (revision === store.revision) return store.list(storageKey, namespace);
  const later = store.eventsSince(storageKey, revision);
  if (later === undefined) throw expired(TOO_OLD);
  const byKey = new Map(store.list(storageKey).map((object) => [keyOf(object), object]));
  for (const event of later.reverse()) {
    if (event.previous === undefined) byKey.delete(keyOf(event.object));
    else byKey.set(keyOf(event.previous), event.previous);
  }
  return [...byKey]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([, object]) => object)
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
}

function writeToken(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ revision, after })).toString('base64url');
}

function readToken(token: string): { revision: number; after: string } {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (isFields(value)) {
      const { revision, after } = value;
      if (typeof revision === 'number' && typeof after === 'string') return { revision, after };
    }
  } catch {
    // Said below.
  }
  throw badRequest('invalid continue token: continue key is not valid');
}

/**
 * Reads a query parameter as a whole number; 0 when it is absent.
 * @throws ApiError 400
 */
export function wholeNumber(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '';
  if (text === '') return 0;
  if (!/^\d{1,9}$/.test(text))
    throw badRequest(`invalid ${name} "${text}": must be a whole number`);
  return Number(text);
}
