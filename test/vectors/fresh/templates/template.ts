import type { TypeText } from '../types.ts';

/**
 * A way to write an expression of a type. In the text `{type}` is an expression of that type, `{type|$a=int}` one that may
 * use a new variable, `{#pool}` a quoted text of a pool, `{=pool}` a literal of one, `{place:type}` a place of the inputs,
 * `{maybe:type}` one by optional steps, and `$a`, `$b` are names not in use. `T` and `K` stand for any type and type of key.
 */
export type Template = readonly [result: TypeText, text: string];

/** Templates of one subject, whose agreement is counted together. */
export interface Family {
  readonly name: string;
  readonly templates: readonly Template[];
}

/** Templates of one type. */
export function all(result: TypeText, texts: readonly string[]): readonly Template[] {
  return texts.map((text) => [result, text] as const);
}
