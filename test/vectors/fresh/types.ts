/**
 * Types of drawn expressions, as prefix texts: `int`, `list:int`, `map:string:int`, `opt:list:int`. In patterns `T` and `K`
 * stand for any type and any type of key.
 */
export type TypeText = string;

export type Bound = Readonly<Record<string, TypeText>>;

/** What the letters of a pattern must stand for so that it is the type; undefined when it cannot be. */
export function unify(pattern: TypeText, type: TypeText, bound: Bound = {}): Bound | undefined {
  const [head, rest] = cut(pattern);
  if (head === 'T' || head === 'K') {
    const [own, after] = head === 'K' ? cut(type) : ([type, undefined] as const);
    const known = bound[head];
    if (known !== undefined && known !== own) return undefined;
    const next = { ...bound, [head]: own };
    if (rest === undefined) return after === undefined ? next : undefined;
    return after === undefined ? undefined : unify(rest, after, next);
  }
  const [other, after] = cut(type);
  if (head !== other || (rest === undefined) !== (after === undefined)) return undefined;
  return rest === undefined || after === undefined ? bound : unify(rest, after, bound);
}

/** The pattern with its letters replaced. */
export function substitute(pattern: TypeText, bound: Bound): TypeText {
  return pattern
    .split(':')
    .map((part) => bound[part] ?? part)
    .join(':');
}

/** First part, and the rest when there is one. */
function cut(type: TypeText): readonly [string, string | undefined] {
  const index = type.indexOf(':');
  return index < 0 ? [type, undefined] : [type.slice(0, index), type.slice(index + 1)];
}
