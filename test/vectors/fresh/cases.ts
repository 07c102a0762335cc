import { drawFrom, type Draw } from './draw.ts';
import { anyType, expand, expression, type Scope } from './expression.ts';
import { FIXTURES, FIXTURE_NAMES } from './fixtures.ts';
import { drawMutation } from './mutations.ts';
import { placesOf, type Place } from './paths.ts';
import { drawPolicy } from './policies.ts';
import { FAMILIES } from './templates/index.ts';
import type { Family } from './templates/template.ts';

/** A drawn case: what is asked, and the subject it counts for. */
export interface FreshCase {
  readonly family: string;
  readonly line: Readonly<Record<string, unknown>> & {
    readonly id: string;
    readonly kind: 'expr' | 'policy' | 'mutation';
    readonly expression?: string;
  };
}

/** Longest expression that is asked. */
const LONGEST = 1500;
const PLACES: ReadonlyMap<string, readonly Place[]> = new Map(
  FIXTURE_NAMES.map((name) => [name, placesOf(name)]),
);

/** Draws cases; the same seed and count draw the same ones. */
export function drawCases(seed: number, count: number): readonly FreshCase[] {
  const draw = drawFrom(seed);
  return Array.from({ length: count }, (_each, index) => drawCase(draw, `fresh/${seed}/${index}`));
}

function drawCase(draw: Draw, id: string): FreshCase {
  const share = draw.below(100);
  if (share < 5) return { family: 'whole policies', line: drawPolicy(draw, id, scopeFor) };
  if (share < 9) return { family: 'mutations', line: drawMutation(draw, id, scopeFor) };
  const bind = draw.chance(0.55) ? 'update' : draw.pick(FIXTURE_NAMES);
  const scope = scopeFor(draw, bind, 2);
  if (share < 13)
    return expressionCase(
      'broken texts',
      broken(draw, subject(scope, draw.pick(FAMILIES))),
      id,
      bind,
      draw,
    );
  if (share < 25)
    return expressionCase(
      'composed',
      expression({ ...scope, depth: 5 }, draw.chance(0.7) ? 'bool' : anyType(draw)),
      id,
      bind,
      draw,
    );
  const family = draw.pick(FAMILIES);
  return expressionCase(family.name, subject(scope, family), id, bind, draw);
}

/** What expressions over a fixture may name. */
function scopeFor(draw: Draw, bind: string, depth: number): Scope {
  return { draw, places: PLACES.get(bind) ?? [], variables: [], depth: draw.below(depth + 1) };
}

/** An expression of the subject: alone, or inside another. */
function subject(scope: Scope, family: Family): string {
  const { draw } = scope;
  const [type, text] = draw.pick(family.templates);
  const bound = { T: anyType(draw), K: draw.pick(['string', 'int', 'bool']) };
  const inner = expand(scope, text, bound);
  if (draw.chance(0.6)) return inner;
  const wrapped = draw.pick(WRAPPERS).replace('@', () => `(${inner})`);
  return expand({ ...scope, depth: 1 }, wrapped, {
    ...bound,
    T: type.includes('T') || type.includes('K') ? 'int' : type,
  });
}

const WRAPPERS = [
  '@ == {T}',
  '{T} != @',
  '[@, {T}]',
  '[@]',
  "{'a': @}",
  'type(@)',
  'dyn(@)',
  'string(@)',
  '[1, 2].map($a, @)',
  '[1, 2].filter($a, @ == @)',
  '@ == @',
  'optional.of(@)',
  'optional.ofNonZeroValue(@)',
  '[@].exists($a, $a == {T})',
  '@ in [{T}]',
  'true || @ == {T}',
  '@ == {T} || true',
  '@ == {T} && false',
  "'%s'.format([@])",
  'size(@)',
  '[@].size()',
  "has({'a': @}.a)",
  '{bool} ? @ : {T}',
  '[@, @].distinct()',
  '[@][0]',
  '!@',
  '-@',
  '@.k',
  '@[0]',
  '@[?0]',
  '@.?k',
  '(@ == {T}) == {bool}',
  '[[@]].all($a, $a.all($b, $b == @))',
  '{T} == @ ? {T} : @',
];

const MARKS = [
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  '.',
  ':',
  '?',
  '!',
  '-',
  '+',
  '*',
  '/',
  '%',
  '==',
  '!=',
  '<',
  '>=',
  '&&',
  '||',
  'in',
  '&',
  '|',
  '=',
  "'",
  '"',
  '`',
  '\\',
  '#',
  '1',
  'x',
  ' ',
  '//',
  '\n',
  '0x',
  '1.',
  '.e',
  'u',
  '@',
  '$',
  '"""',
  'true',
  'if',
  'package',
  '\u00a0',
  '..',
  '?.',
  '::',
  '._',
  'b',
  'r',
  '1u.',
  '\u0000',
];

/** A text with parts left out, doubled, exchanged or put in between. */
function broken(draw: Draw, text: string): string {
  const parts = text.match(/\w+|\s+|[&|=<>!]{1,2}|[^\w\s]/g) ?? [];
  for (let count = 1 + draw.below(2); count > 0; count--) {
    const index = draw.below(parts.length + 1);
    const removed = draw.below(2);
    parts.splice(
      index,
      removed,
      ...(draw.chance(0.7)
        ? [draw.chance(0.8) ? draw.pick(MARKS) : (parts[draw.below(parts.length)] ?? '')]
        : []),
    );
  }
  return parts.join('');
}

const SLOTS = ['validation', 'validation', 'matchCondition', 'message', 'audit', 'patch'];
const VERSIONS = [
  '1.25',
  '1.27',
  '1.28',
  '1.29',
  '1.30',
  '1.31',
  '1.32',
  '1.33',
  '1.34',
  '1.36',
  '1.37',
];

function expressionCase(
  family: string,
  text: string,
  id: string,
  bind: string,
  draw: Draw,
): FreshCase {
  const short = text.length <= LONGEST ? text : 'size(object) > 1';
  const extras = {
    ...(draw.chance(0.12) ? { as: draw.pick(SLOTS) } : {}),
    ...(draw.chance(0.03) ? { envVersion: draw.pick(VERSIONS) } : {}),
    ...(draw.chance(0.02) ? { envMode: 'new' } : {}),
    ...(draw.chance(0.02) ? { costLimit: draw.below(60) } : {}),
    ...(draw.chance(0.01) ? { budget: draw.below(60) } : {}),
  };
  return { family, line: { id, kind: 'expr', bind, expression: short, ...extras } };
}

/** The inputs that cases name, as a file of fixtures. */
export function fixturesText(): string {
  return JSON.stringify(FIXTURES, null, 1);
}
