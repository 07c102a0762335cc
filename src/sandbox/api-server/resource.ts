import type { KubeObject } from '../../domain/object.ts';
import type { Cause } from './api-error.ts';
import type { Fields } from './json.ts';

/** A stored or submitted object. Stored ones are shared and never changed in place. */
export type ApiObject = KubeObject & Fields;

/** A column of a Table; `jsonPath` as additionalPrinterColumns has it. */
export interface PrinterColumn {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
  jsonPath: string;
}

export interface ScalePaths {
  specReplicasPath: string;
  statusReplicasPath: string;
  labelSelectorPath?: string;
}

/** What a strategy may know about the write. `now` is epoch milliseconds. */
export interface WriteContext {
  readonly now: number;
  /** Allocates a cluster IP that no live service has. */
  readonly allocateClusterIp: () => string;
}

/** How one resource differs from the generic storage: pure functions that change the object they are given. */
export interface Strategy {
  /** Drops or reports what the schema does not know and fills defaults. @returns the paths of unknown fields */
  readonly decode: (object: ApiObject) => string[];
  readonly prepareForCreate: (object: ApiObject, context: WriteContext) => void;
  readonly prepareForUpdate: (object: ApiObject, old: ApiObject, context: WriteContext) => void;
  readonly validate: (object: ApiObject, old: ApiObject | undefined) => Cause[];
  /** Whether metadata.generation counts changes, and what is compared for it. */
  readonly generationOf?: (object: ApiObject) => unknown;
}

/** One resource at one version, as it is served. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Versions of one resource share a key, so one stored object answers all of them. */
  readonly storageKey: string;
  readonly builtin: boolean;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
  readonly unconditionalUpdate: boolean;
  readonly strategy: Strategy;
  readonly columns: readonly PrinterColumn[] | undefined;
  /** OpenAPI v3 schema of the object, JSON. */
  readonly schema: Fields;
  /** Converts between the stored and the served form where a version differs by more than its name. */
  readonly conversion?: {
    toServed(object: ApiObject): ApiObject;
    toStored(object: ApiObject): ApiObject;
  };
}

/** `apps/v1`, or `v1` in the core group. */
export function groupVersionOf(resource: { group: string; version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** The object as this version serves it; the stored object itself when nothing differs. */
export function asServed(resource: ApiResource, stored: ApiObject): ApiObject {
  const apiVersion = groupVersionOf(resource);
  if (resource.conversion !== undefined) return resource.conversion.toServed(stored);
  return stored.apiVersion === apiVersion ? stored : { ...stored, apiVersion };
}
