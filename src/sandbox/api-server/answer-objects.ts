import { badRequest } from './api-error.ts';
import type { ApiAnswer, ApiRequest } from './api-request.ts';
import type { Fields } from './json.ts';
import type { Page } from './list.ts';
import { negotiateForm, type AnswerForm } from './negotiate.ts';
import { groupVersionOf, type ApiObject, type ApiResource } from './resource.ts';
import { partialOf, tableOf, type RowObject } from './table.ts';
import type { WatchEvent } from './watch.ts';

/** How a client wants objects. */
export interface ObjectForm {
  readonly form: AnswerForm;
  readonly includes: RowObject;
  /** Epoch milliseconds, for ages in tables. */
  readonly now: number;
}

/**
 * Reads the wanted form from the Accept header and `includeObject`.
 * @throws ApiError 406, or 400 for an unknown includeObject
 */
export function objectFormOf({ headers, query }: ApiRequest, now: number): ObjectForm {
  const includes = query.get('includeObject') ?? 'Metadata';
  if (includes !== 'None' && includes !== 'Metadata' && includes !== 'Object') {
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(includes)}`);
  }
  return { form: negotiateForm(headers['accept']), includes, now };
}

/** The answer that holds one object. */
export function objectAnswer(
  resource: ApiResource,
  object: ApiObject,
  { status = 200, wanted }: { status?: number; wanted: ObjectForm },
): ApiAnswer {
  return { status, body: oneAs(resource, object, { wanted, withColumns: true }) };
}

function oneAs(
  resource: ApiResource,
  object: ApiObject,
  { wanted, withColumns }: { wanted: ObjectForm; withColumns: boolean },
): Fields {
  switch (wanted.form) {
    case 'object':
      return object;
    case 'metadata':
      return partialOf(object);
    case 'table': {
      const { resourceVersion } = object.metadata;
      const metadata = resourceVersion === undefined ? {} : { resourceVersion };
      return tableOf(resource, [object], { ...wanted, metadata, withColumns });
    }
  }
}

/** The answer that holds a list. */
export function listAnswer(resource: ApiResource, page: Page, wanted: ObjectForm): ApiAnswer {
  const metadata: Fields = { resourceVersion: page.resourceVersion };
  if (page.continueToken !== undefined) metadata['continue'] = page.continueToken;
  if (page.remaining !== undefined) metadata['remainingItemCount'] = page.remaining;
  return { status: 200, body: listAs(resource, page, { wanted, metadata }) };
}

function listAs(
  resource: ApiResource,
  { items }: Page,
  { wanted, metadata }: { wanted: ObjectForm; metadata: Fields },
): Fields {
  switch (wanted.form) {
    case 'object':
      return {
        kind: resource.listKind,
        apiVersion: groupVersionOf(resource),
        metadata,
        // Items of builtin lists carry no type, those of custom resources do; clients cope with both.
        items,
      };
    case 'metadata':
      return {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: items.map(partialOf),
      };
    case 'table':
      return tableOf(resource, items, { ...wanted, metadata, withColumns: true });
  }
}

const REMEMBERED = 64;
const written = new Map<object, string>();

/** The JSON of an object that never changes: many watchers are told of the same one at about the same time. */
function jsonOf(object: object): string {
  const known = written.get(object);
  if (known !== undefined) return known;
  const [oldest] = written.keys();
  if (written.size >= REMEMBERED && oldest !== undefined) written.delete(oldest);
  const json = JSON.stringify(object);
  written.set(object, json);
  return json;
}

/** The lines of a watch, as many at once as there are. */
export async function* watchLines(
  resource: ApiResource,
  events: AsyncIterable<readonly WatchEvent[]>,
  wanted: ObjectForm,
): AsyncGenerator<string, void, undefined> {
  let withColumns = true;
  for await (const batch of events) {
    let lines = '';
    for (const { type, object } of batch) {
      const seen =
        type === 'ERROR' ? object : oneAs(resource, object as ApiObject, { wanted, withColumns });
      if (type !== 'ERROR') withColumns = false;
      lines += `{"type":"${type}","object":${seen === object ? jsonOf(seen) : JSON.stringify(seen)}}\n`;
    }
    yield lines;
  }
}
