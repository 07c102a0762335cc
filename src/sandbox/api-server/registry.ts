import { parseApiVersion } from '../../domain/object.ts';
import type { ApiResource } from './resource.ts';

/** Everything that is served: the builtin resources and those of the definitions that are established. */
export class ResourceRegistry {
  readonly #builtin: readonly ApiResource[];
  readonly #custom = new Map<string, readonly ApiResource[]>();
  #all: readonly ApiResource[];

  constructor(builtin: readonly ApiResource[]) {
    this.#builtin = builtin;
    this.#all = builtin;
  }

  all(): readonly ApiResource[] {
    return this.#all;
  }

  /** The resource that a URL names. */
  find(group: string, version: string, plural: string): ApiResource | undefined {
    return this.#all.find(
      (resource) =>
        resource.plural === plural && resource.group === group && resource.version === version,
    );
  }

  /** The resource of an object's apiVersion and kind. */
  ofKind(apiVersion: string, kind: string): ApiResource | undefined {
    const { group, version } = parseApiVersion(apiVersion);
    return this.#all.find(
      (resource) =>
        resource.kind === kind && resource.group === group && resource.version === version,
    );
  }

  /** One resource that serves what is stored under the key. */
  ofStorage(storageKey: string): ApiResource | undefined {
    return this.#all.find((resource) => resource.storageKey === storageKey);
  }

  /** Sets what the definition of this name serves; an empty list: nothing. */
  setCustom(definition: string, resources: readonly ApiResource[]): void {
    if (resources.length === 0) this.#custom.delete(definition);
    else this.#custom.set(definition, resources);
    this.#all = [...this.#builtin, ...[...this.#custom.values()].flat()];
  }
}
