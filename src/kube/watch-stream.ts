import type { WatchEvent } from '../domain/client.ts';
import { ClusterError } from '../domain/errors.ts';
import type { KubeObject } from '../domain/object.ts';
import { readLines } from './body.ts';
import { errorFromWatchStatus } from './status-error.ts';

// etcd takes objects of up to 1.5 MiB, and JSON may grow them; far above that it is not an event.
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/**
 * The events of a watch body (one JSON document a line). Types of events that are not known are left out.
 * @throws ClusterError of an ERROR event (Gone for an expired resourceVersion); ServerError for a line that is no event
 */
export async function* readWatch<T extends KubeObject>(
  body: AsyncIterable<Uint8Array>,
  operation: string,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  for await (const line of readLines(body, MAX_EVENT_BYTES)) {
    const event = parseEvent(line, operation);
    switch (event.type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        yield { type: event.type, object: event.object as T };
        break;
      case 'BOOKMARK':
        yield { type: 'BOOKMARK', resourceVersion: versionOf(event.object, operation) };
        break;
      case 'ERROR':
        throw errorFromWatchStatus(operation, event.object);
      default:
        break;
    }
  }
}

interface RawEvent {
  readonly type: string;
  readonly object: KubeObject;
}

function parseEvent(line: string, operation: string): RawEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new ClusterError('ServerError', `${operation}: an event is not JSON`, { cause: error });
  }
  if (!isEvent(value))
    throw new ClusterError('ServerError', `${operation}: a line is not an event`);
  return value;
}

function isEvent(value: unknown): value is RawEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { type, object } = value as { type?: unknown; object?: unknown };
  if (typeof type !== 'string' || typeof object !== 'object' || object === null) return false;
  if (type === 'ERROR') return true;
  const { metadata } = object as { metadata?: unknown };
  return typeof metadata === 'object' && metadata !== null;
}

function versionOf(object: KubeObject, operation: string): string {
  const version = object.metadata.resourceVersion;
  if (version !== undefined) return version;
  throw new ClusterError('ServerError', `${operation}: a bookmark has no resourceVersion`);
}
