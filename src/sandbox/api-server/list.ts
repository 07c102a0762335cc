import { Buffer } from 'node:buffer';
import { badRequest, expired } from './api-error.ts';
import { isFields } from './json.ts';
import { listOptionsOf, listRevision, tooLargeRevision, type ListOptions } from './list-options.ts';
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

interface Place {
  readonly revision: number;
  /** Key of the last object before it. */
  readonly after: string;
}

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

/**
 * Lists the selected objects. Pages after the first show the same revision as the first one.
 * @throws ApiError 400 or 422 for a bad parameter, 410 when the revision of a continue token is gone, 504 when it is ahead
 */
export function listObjects(store: Store, selection: Selection, query: URLSearchParams): Page {
  const options = listOptionsOf(query);
  const from = placeOf(options);
  const revision = from?.revision ?? wantedRevision(store, options);
  const limit = isUnpaged(options) ? 0 : options.limit;
  const selected = objectsAt(store, selection, revision).filter((object) =>
    selection.takes(object),
  );
  const rest =
    from === undefined ? selected : selected.filter((object) => keyOf(object) > from.after);
  const page = limit < 1 ? rest : rest.slice(0, limit);
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

/** Where a later page goes on. */
function placeOf({ continueToken, resourceVersion }: ListOptions): Place | undefined {
  if (continueToken === '') return undefined;
  const place = readToken(continueToken);
  if (resourceVersion === '' || resourceVersion === '0') return place;
  throw badRequest('specifying resource version is not allowed when using continue');
}

function wantedRevision(store: Store, { resourceVersion, match, limit }: ListOptions): number {
  const wanted = listRevision(resourceVersion);
  if (wanted > store.revision) throw tooLargeRevision(resourceVersion, store.revision);
  // The first page of a revision is of exactly that revision, as the later ones are.
  const isExact = match === 'Exact' || (match === '' && wanted > 0 && limit > 0);
  return isExact ? wanted : store.revision;
}

/** What may be old comes from a cache of kube-apiserver's, which knows no pages. */
function isUnpaged({ resourceVersion, continueToken }: ListOptions): boolean {
  return resourceVersion === '0' && continueToken === '';
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

function readToken(token: string): Place {
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
