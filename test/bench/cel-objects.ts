import { parseLosslessJson, type Json } from '../../src/lib/lossless-json.ts';

/** What the expressions of the bench read, as JSON texts. */
export interface BenchTexts {
  readonly object: string;
  readonly oldObject: string;
}

/** A pair of parsed objects. */
export interface BenchPair {
  readonly object: Json;
  readonly oldObject: Json;
}

/**
 * Objects that differ in every text and number that the expressions look at, so that nothing remembered of one helps with
 * the next; each expression holds for all of them.
 */
export function benchObjects(texts: BenchTexts, count: number): readonly BenchPair[] {
  return Array.from({ length: count }, (_each, index) => ({
    object: parseLosslessJson(variantOf(texts.object, index)),
    oldObject: parseLosslessJson(variantOf(texts.oldObject, index)),
  }));
}

function variantOf(text: string, index: number): string {
  const mark = (index * 2654435761 + 97).toString(36);
  const seconds = `${1 + (index % 7)}m${index % 50}.${String(index).padStart(4, '0')}s`;
  return text
    .replaceAll('checkout', `checkout-${mark}`)
    .replaceAll('sidecar', `side-${mark}`)
    .replace(/"interval":\s*"1m30s"/, `"interval":"${seconds}"`)
    .replace(/"stepWeight":\s*10/, `"stepWeight":${1 + (index % 20)}`)
    .replace(/"items":\s*\[(\d[\d,\s]*)\]/, (_all, items: string) => {
      const moved = items.split(',').map((item) => Number(item) + 7 * index);
      return `"items":[${moved.join(',')}]`;
    });
}
