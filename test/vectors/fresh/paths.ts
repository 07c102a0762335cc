import {
  isJsonArray,
  isJsonObject,
  JsonDouble,
  parseLosslessJson,
  type Json,
} from '../../../src/lib/lossless-json.ts';
import type { Draw } from './draw.ts';
import { FIXTURES } from './fixtures.ts';
import { quoted } from './literals.ts';
import type { TypeText } from './types.ts';

type Step = string | number;

/** A place in an input: its root (`object`), the steps to it and the type of what is there. */
export interface Place {
  readonly root: string;
  readonly steps: readonly Step[];
  readonly type: TypeText;
}

const ROOTS = ['object', 'oldObject', 'params'] as const;

/** Every place of a fixture. */
export function placesOf(fixture: string): readonly Place[] {
  const inputs = FIXTURES[fixture] ?? {};
  return ROOTS.flatMap((root) => {
    const text = inputs[root];
    return text === undefined ? [] : below(root, [], parseLosslessJson(text));
  });
}

function below(root: string, steps: readonly Step[], json: Json): readonly Place[] {
  const here = { root, steps, type: typeOf(json) };
  if (isJsonArray(json)) {
    return [here, ...json.flatMap((each, index) => below(root, [...steps, index], each))];
  }
  if (!isJsonObject(json)) return [here];
  const members = Object.entries(json);
  return [here, ...members.flatMap(([key, each]) => below(root, [...steps, key], each))];
}

function typeOf(json: Json): TypeText {
  if (json === null) return 'null';
  if (typeof json === 'string') return 'string';
  if (typeof json === 'boolean') return 'bool';
  if (json instanceof JsonDouble) return 'double';
  if (isJsonArray(json)) return json.length > 0 ? `list:${sameType(json.map(typeOf))}` : 'list:dyn';
  if (isJsonObject(json)) return `map:string:${sameType(Object.values(json).map(typeOf))}`;
  return 'int';
}

const sameType = (types: readonly TypeText[]): TypeText =>
  types.every((type) => type === types[0]) ? (types[0] ?? 'dyn') : 'dyn';

const KEYWORDS = new Set(['in', 'true', 'false', 'null']);
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A place as CEL text; now and then a step leads astray. */
export function pathText(draw: Draw, { root, steps }: Place): string {
  const isLost = draw.chance(0.06);
  const lost = draw.below(steps.length);
  let text = root;
  for (const [index, step] of steps.entries()) {
    text += stepText(
      draw,
      isLost && index === lost ? draw.pick(['nope', 7, '__proto__', -1]) : step,
    );
  }
  return text;
}

function stepText(draw: Draw, step: Step): string {
  if (typeof step === 'number') return draw.chance(0.05) ? `[dyn(${step})]` : `[${step}]`;
  const isName = NAME.test(step) && !KEYWORDS.has(step);
  if (isName && draw.chance(0.8)) return `.${step}`;
  if (/^[A-Za-z0-9_./ -]+$/.test(step) && draw.chance(0.4)) return `.\`${step}\``;
  return `[${quoted(draw, step)}]`;
}

/** The same place by optional steps. */
export function optionalPathText(draw: Draw, { root, steps }: Place): string {
  let text = root;
  for (const step of steps) {
    const isStep = draw.chance(0.7);
    if (typeof step === 'number') text += isStep ? `[?${step}]` : `[${step}]`;
    else if (NAME.test(step) && !KEYWORDS.has(step)) text += isStep ? `.?${step}` : `.${step}`;
    else text += `[${isStep ? '?' : ''}${quoted(draw, step)}]`;
  }
  return text.includes('?') ? text : `optional.of(${text})`;
}
