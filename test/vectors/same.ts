/** A tagged value as recorded: `{t, v}`, or `{t, big}` when it was too long to keep. */
interface Tagged {
  readonly t: string;
  readonly v?: unknown;
  readonly big?: boolean;
}

/** Whether two tagged values are the same. Lists of one kind of elements may be compared without order. */
export function sameValue(want: unknown, got: unknown, isOrdered = true): boolean {
  if (!isTagged(want) || !isTagged(got)) return want === got;
  if (want.t !== got.t) return false;
  if (want.big === true) return true;
  switch (want.t) {
    case 'double':
      return Object.is(numberOf(want.v), numberOf(got.v)) || numberOf(want.v) === numberOf(got.v);
    case 'list':
      return sameList(want.v as readonly unknown[], got.v as readonly unknown[], isOrdered);
    case 'map':
      return sameMap(want.v as readonly Entry[], got.v as readonly Entry[], isOrdered);
    case 'optional':
      return sameValue(want.v, got.v, isOrdered);
    default:
      return want.v === got.v;
  }
}

type Entry = readonly [unknown, unknown];

function isTagged(value: unknown): value is Tagged {
  return typeof value === 'object' && value !== null && 't' in value;
}

const numberOf = (value: unknown): number => (value === 'NaN' ? Number.NaN : Number(value));

function sameList(want: readonly unknown[], got: readonly unknown[], isOrdered: boolean): boolean {
  if (want.length !== got.length) return false;
  if (isOrdered) return want.every((element, index) => sameValue(element, got[index]));
  const rest = [...got];
  return want.every((element) => {
    const index = rest.findIndex((other) => sameValue(element, other, false));
    if (index >= 0) rest.splice(index, 1);
    return index >= 0;
  });
}

function sameMap(want: readonly Entry[], got: readonly Entry[], isOrdered: boolean): boolean {
  if (want.length !== got.length) return false;
  return want.every(([key, value]) =>
    got.some(([otherKey, other]) => sameValue(key, otherKey) && sameValue(value, other, isOrdered)),
  );
}

/** JSON with sorted keys, for comparing whole results. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
