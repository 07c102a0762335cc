import { keyOf, keyText, type KubeObject } from '../domain/object.ts';

/**
 * The objects of one type by key, and the keys whose listeners must be told. An object that was deleted and made anew
 * under the same name (its uid differs) is told as two changes: listeners see it gone first, then there.
 */
export class ObjectStore<T extends KubeObject> {
  #objects = new Map<string, T>();
  #list: readonly T[] | undefined;
  readonly #notify: (key: string) => void;

  /** @param notify is called after each change, with the store already showing it */
  constructor(notify: (key: string) => void) {
    this.#notify = notify;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** All objects; the same array until something changes. */
  list(): readonly T[] {
    this.#list ??= [...this.#objects.values()];
    return this.#list;
  }

  set(object: T): void {
    const key = keyText(keyOf(object));
    const known = this.#objects.get(key);
    if (known !== undefined && known.metadata.uid !== object.metadata.uid) this.delete(key);
    this.#objects.set(key, object);
    this.#changed(key);
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#changed(key);
  }

  /**
   * Makes the store hold exactly these objects; all but the ones made anew are in place before the first listener is
   * told. An object whose resourceVersion has not changed stays the one it was.
   */
  replaceAll(objects: readonly T[]): void {
    const before = this.#objects;
    const after = new Map(objects.map((object) => [keyText(keyOf(object)), object]));
    const reborn = new Map<string, T>();
    const changed: string[] = [];
    for (const [key, object] of after) {
      const known = before.get(key);
      if (known === undefined) changed.push(key);
      else if (known.metadata.uid !== object.metadata.uid) reborn.set(key, object);
      else if (isSameVersion(known, object)) after.set(key, known);
      else changed.push(key);
    }
    for (const key of before.keys()) if (!after.has(key)) changed.push(key);
    for (const key of reborn.keys()) after.delete(key);
    this.#objects = after;
    this.#list = undefined;
    for (const key of reborn.keys()) this.#notify(key);
    for (const object of reborn.values()) this.set(object);
    for (const key of changed) this.#notify(key);
  }

  #changed(key: string): void {
    this.#list = undefined;
    this.#notify(key);
  }
}

function isSameVersion(known: KubeObject, object: KubeObject): boolean {
  const version = object.metadata.resourceVersion;
  return version !== undefined && known.metadata.resourceVersion === version;
}
