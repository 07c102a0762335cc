/** An entry of a merged list: its index in the old list, in the new one, or both. */
export interface MergedEntry {
  readonly before: number | undefined;
  readonly now: number | undefined;
}

/**
 * The order in which structured-merge-diff puts the entries of two lists together: entries that both have take the order
 * of the new list; entries of one list alone stay between their neighbours, those of the old list first.
 * @param old keys of the old list; may repeat
 * @param added keys of the new list, each once
 */
export function mergeOrder(
  old: readonly string[],
  added: readonly string[],
): readonly MergedEntry[] {
  const places = new Map(old.map((key, index) => [key, index] as const).reverse());
  const isAdded = new Set(added);
  const shared = added.filter((key) => places.has(key)).values();
  const merged = new Set<string>();
  const result: MergedEntry[] = [];
  let turn = shared.next().value;
  let left = 0;
  let right = 0;
  while (left < old.length || right < added.length) {
    const oldKey = old[left];
    const addedKey = added[right];
    if (oldKey !== undefined && !isAdded.has(oldKey)) {
      result.push({ before: left, now: undefined });
      left++;
      continue;
    }
    const comesLater = isAnother(oldKey, addedKey) && isAnother(turn, oldKey);
    if (addedKey === undefined || comesLater) {
      left++;
      continue;
    }
    // The next of the new list, with what the old list has of it.
    if (oldKey === addedKey || merged.has(oldKey ?? '')) left++;
    merged.add(addedKey);
    result.push({ before: places.get(addedKey), now: right });
    right++;
    if (turn === addedKey) turn = shared.next().value;
  }
  return result;
}

/** Whether both are there and differ. */
function isAnother(key: string | undefined, other: string | undefined): boolean {
  return key !== undefined && other !== undefined && key !== other;
}
