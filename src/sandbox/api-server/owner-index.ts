import type { ApiObject } from './resource.ts';
import type { Store, StoreEvent } from './store.ts';

/** An object with where it is stored. */
export interface Located {
  readonly storageKey: string;
  readonly object: ApiObject;
}

/** Which objects there are by uid, and which name an owner of a uid. Kept up to date by the store's events. */
export class OwnerIndex {
  readonly #byUid = new Map<string, Located>();
  readonly #dependents = new Map<string, Set<string>>();

  constructor(store: Store) {
    store.subscribe(undefined, (event) => {
      this.#take(event);
    });
  }

  get(uid: string): Located | undefined {
    return this.#byUid.get(uid);
  }

  /** Objects with an owner reference to the uid. */
  dependentsOf(uid: string): Located[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => {
      const found = this.#byUid.get(dependent);
      return found === undefined ? [] : [found];
    });
  }

  #take({ type, storageKey, object, previous }: StoreEvent): void {
    const uid = object.metadata.uid ?? '';
    for (const owner of previous?.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
    if (type === 'DELETED') {
      this.#byUid.delete(uid);
      return;
    }
    this.#byUid.set(uid, { storageKey, object });
    for (const owner of object.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid) ?? new Set();
      this.#dependents.set(owner.uid, dependents.add(uid));
    }
  }
}
