/** Group, version and kind of an object; the core group is ''. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/**
 * The OpenAPI v3 schema of a type, with its references resolved: a schema may hold itself. Only what merging and type
 * checking ask for is named.
 */
export interface TypeSchema {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, TypeSchema>>;
  /** `true`: any further member. */
  readonly additionalProperties?: TypeSchema | boolean;
  readonly items?: TypeSchema;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
}

/** A kind that has a schema. */
export interface KindSchema {
  readonly schema: TypeSchema;
  /** Whether the API server decodes it into a Go type; false for kinds of CustomResourceDefinitions. */
  readonly isBuiltin: boolean;
}

/** The schemas of the kinds of a cluster, or of those that this program carries. Answers from memory, at once. */
export interface KindSchemas {
  /** Tells one set of schemas from another; absent for those that never change. */
  readonly digest?: string;
  /** @returns the same object until the schema changes; undefined for a kind that is not known */
  schemaOf(kind: GroupVersionKind): KindSchema | undefined;
  /** The kinds that are served as a resource; empty for one that is not known. */
  kindsOf(resource: {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
  }): readonly GroupVersionKind[];
}

/** The newest schemas of a cluster. */
export interface SchemaSource {
  /** The same object until a schema changes. */
  current(): KindSchemas;
  /** Calls `listener` after a schema changed; returns the unsubscribe function. */
  subscribe(listener: () => void): () => void;
}

/** Resources whose kinds are needed. `*` stands for every version of the group, or every resource. */
export interface WantedResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Knows no kind. */
export const NO_SCHEMAS: KindSchemas = { schemaOf: () => undefined, kindsOf: () => [] };

/** A kind as Go prints it: `apps/v1, Kind=Deployment`. */
export function kindText({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}, Kind=${kind}`;
}
