import type { KubeObject } from '../../../src/domain/object.ts';
import type { Transport } from '../../../src/domain/transport.ts';
import {
  scriptedTransport,
  status,
  type ScriptedAnswer,
  type SeenRequest,
} from './scripted-transport.ts';

/** What a test may put in the way of a request: an error, an answer of its own, or time. */
export type Interference = (
  request: SeenRequest,
  signal: AbortSignal,
) => ScriptedAnswer | Error | undefined | Promise<ScriptedAnswer | Error | undefined>;

/**
 * The few rules that an election and an event recorder meet: POST refuses what exists, PUT compares resourceVersions,
 * PATCH merges the top level.
 */
export function tinyApi(interfere: Interference = () => undefined): {
  transport: Transport;
  seen: SeenRequest[];
  objects: Map<string, KubeObject>;
  transportFor(interference: Interference): Transport;
} {
  const objects = new Map<string, KubeObject>();
  let version = 0;

  function store(path: string, object: KubeObject): ScriptedAnswer {
    const metadata = { ...object.metadata, resourceVersion: String(++version) };
    const stored = { ...object, metadata };
    objects.set(path, stored);
    return { body: stored };
  }

  function answer({ method, path, body }: SeenRequest): ScriptedAnswer {
    const given = body as KubeObject;
    const target = method === 'POST' ? `${path}/${given.metadata.name}` : path;
    const known = objects.get(target);
    if (method === 'POST') {
      if (known !== undefined) return status(409, 'AlreadyExists', 'it exists');
      return store(target, { ...given, metadata: { ...given.metadata, uid: `uid-${version}` } });
    }
    if (known === undefined)
      return status(404, 'NotFound', 'not found', { details: { name: 'x' } });
    if (method === 'GET') return { body: known };
    if (method === 'PATCH') return store(target, { ...known, ...given });
    if (given.metadata.resourceVersion !== known.metadata.resourceVersion) {
      return status(409, 'Conflict', 'the object has been modified');
    }
    return store(target, given);
  }

  const seen: SeenRequest[] = [];
  const transportFor = (interference: Interference): Transport =>
    scriptedTransport(async (request, signal) => {
      seen.push(request);
      return (await interference(request, signal)) ?? answer(request);
    }).transport;
  return { transport: transportFor(interfere), seen, objects, transportFor };
}
