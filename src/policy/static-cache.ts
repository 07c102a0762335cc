import type { ObjectCache } from '../domain/client.ts';
import { keyOf, keyText, type KubeObject } from '../domain/object.ts';

/** Objects that are all there is and never change, as a cache: for decisions without a cluster. */
export function staticCache<T extends KubeObject>(objects: readonly T[]): ObjectCache<T> {
  const byKey = new Map(objects.map((object) => [keyText(keyOf(object)), object]));
  return {
    synced: true,
    get: (key) => byKey.get(keyText(key)),
    list: () => objects,
    ageMs: () => 0,
    subscribe: () => () => undefined,
  };
}
