/** Where it stands in the source: offset in UTF-16 code units. */
interface Placed {
  readonly at: number;
}

/** Something with a value. `names` are the fields that are looked up in it, one in the other. */
export type Operand = Placed &
  (
    | { readonly kind: 'dot' | 'nil' }
    | { readonly kind: 'constant'; readonly value: boolean | bigint | number | string }
    | { readonly kind: 'field'; readonly names: readonly string[] }
    | { readonly kind: 'variable'; readonly name: string; readonly names: readonly string[] }
    | { readonly kind: 'function'; readonly name: string }
    | { readonly kind: 'chain'; readonly of: Operand; readonly names: readonly string[] }
    | { readonly kind: 'pipeline'; readonly pipeline: Pipeline }
  );

/** Operands between two bars: the first may be a function, the others are its arguments. */
export type Command = Placed & { readonly operands: readonly Operand[] };

/** Commands of which each gets the value of the one before as its last argument. */
export type Pipeline = Placed & {
  readonly variables: readonly string[];
  /** `declare`: the variables are new; `assign`: they stand already. */
  readonly sets: 'declare' | 'assign' | undefined;
  readonly commands: readonly Command[];
};

export type Branch = Placed & {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
};

/** What a template consists of. */
export type Node = Placed &
  (
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'action'; readonly pipeline: Pipeline }
    | { readonly kind: 'break' | 'continue' }
    | { readonly kind: 'template'; readonly name: string; readonly pipeline: Pipeline | undefined }
    | Branch
  );
