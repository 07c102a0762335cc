import type { Draw } from './draw.ts';
import { literalOf, quoted, textOf } from './literals.ts';
import { optionalPathText, pathText, type Place } from './paths.ts';
import { FAMILIES } from './templates/index.ts';
import type { Template } from './templates/template.ts';
import { substitute, unify, type Bound, type TypeText } from './types.ts';

/** Where an expression is drawn for. */
export interface Scope {
  readonly draw: Draw;
  readonly places: readonly Place[];
  /** Variables of comprehensions around it. */
  readonly variables: readonly (readonly [name: string, type: TypeText])[];
  /** How much deeper it may go. */
  readonly depth: number;
}

const SIMPLE = [
  'int',
  'uint',
  'double',
  'string',
  'bool',
  'bytes',
  'null',
  'timestamp',
  'duration',
  'type',
  'quantity',
  'ip',
  'cidr',
  'url',
  'semver',
];
const COMMON = ['int', 'string', 'bool', 'double'];
const KEYS = ['string', 'string', 'int', 'bool', 'uint'];
const PLACEHOLDER = /\{([#=]?)([A-Za-z]\w*(?::\w+)*)((?:\|\$\w=[\w:]+)*)\}/g;

/** An expression of the type, most of the time. */
export function expression(scope: Scope, type: TypeText): string {
  const { draw, depth } = scope;
  if (draw.chance(0.02)) return expression({ ...scope, depth: depth - 1 }, anyType(draw));
  const variable = variableOf(scope, type);
  if (variable !== undefined && draw.chance(0.5)) return variable;
  if (depth <= 0) return leaf(scope, type);
  if (draw.chance(0.06)) return `dyn(${expression({ ...scope, depth: depth - 1 }, type)})`;
  const candidates = templatesOf(type);
  if (candidates.length === 0 || draw.chance(0.25)) return leaf(scope, type);
  const [text, bound] = draw.pick(candidates);
  return `(${expand(scope, text, bound)})`;
}

/** A template's text with everything filled in. */
export function expand(scope: Scope, text: string, bound: Bound): string {
  const { draw } = scope;
  const whole: Bound = { T: anyType(draw), K: draw.pick(KEYS), ...bound };
  const names = { $a: freshName(scope, 0), $b: freshName(scope, 1) };
  const named = text.replace(/\$[ab](?!=)/g, (name) => names[name as '$a']);
  return named.replace(PLACEHOLDER, (_all, mark: string, pattern: string, bindings: string) => {
    if (mark === '#') return quoted(draw, textOf(draw, pattern));
    if (mark === '=') return literalOf(draw, pattern) ?? '0';
    const variables = [...bindings.matchAll(/\|(\$[ab])=([\w:]+)/g)].map(
      ([, name, type]) => [names[name as '$a'], substitute(type ?? '', whole)] as const,
    );
    const inner = {
      ...scope,
      depth: scope.depth - 1,
      variables: [...scope.variables, ...variables],
    };
    return special(inner, pattern, whole) ?? expression(inner, substitute(pattern, whole));
  });
}

function special(scope: Scope, pattern: string, bound: Bound): string | undefined {
  const { draw } = scope;
  if (pattern === 'index') return literalOf(draw, 'index') ?? '0';
  if (pattern === 'has') return hasText(scope);
  const [kind, rest] = [
    pattern.slice(0, pattern.indexOf(':')),
    pattern.slice(pattern.indexOf(':') + 1),
  ];
  if (kind !== 'place' && kind !== 'maybe') return undefined;
  const place = placeOf(scope, substitute(rest, bound));
  return kind === 'place' ? pathText(draw, place) : optionalPathText(draw, place);
}

function hasText(scope: Scope): string {
  const { draw } = scope;
  const text = pathText(draw, placeOf(scope, anyType(draw)));
  if (/[.][A-Za-z_`][^[\]]*$/.test(text)) return `has(${text})`;
  return `has(${text}.${draw.pick(['name', 'nope', 'constructor', 'spec', '`a b`'])})`;
}

const SOMEWHERE: Place = { root: 'object', steps: ['spec', 'text'], type: 'string' };

/** A place of the type if there is one, else any; now and then any all the same. */
function placeOf({ draw, places }: Scope, type: TypeText): Place {
  if (places.length === 0) return SOMEWHERE;
  const fitting = draw.chance(0.85) ? places.filter((place) => place.type === type) : [];
  return draw.pick(fitting.length > 0 ? fitting : places);
}

function variableOf({ draw, variables }: Scope, type: TypeText): string | undefined {
  const fitting = variables.filter(
    ([, other]) => other === type || (other === 'dyn' && draw.chance(0.3)),
  );
  return fitting.length > 0 ? draw.pick(fitting)[0] : undefined;
}

const NAMES = ['x', 'y', 'z', 'e', 'k', 'v', 'i'];

/** A name that is new, or now and then hides another. */
function freshName({ draw, variables }: Scope, offset: number): string {
  if (draw.chance(0.05))
    return (
      draw.pick([
        ['object', 'x'],
        ['__proto__', 'constructor'],
      ])[offset] ?? 'q'
    );
  const index = variables.length + offset;
  return index < NAMES.length ? (NAMES[index] ?? 'q') : `q${index}`;
}

/** A short expression of the type. */
function leaf(scope: Scope, type: TypeText): string {
  const { draw } = scope;
  const [head = '', ...rest] = type.split(':');
  const inner = rest.join(':');
  const small = { ...scope, depth: 0 };
  switch (head) {
    case 'string':
      return quoted(draw, textOf(draw, draw.pick(['plain', 'plain', 'name', 'number'])));
    case 'list':
      return `[${several(draw, () => leaf(small, inner))}]`;
    case 'map':
      return `{${several(draw, () => `${leaf(small, rest[0] ?? '')}: ${leaf(small, rest.slice(1).join(':'))}`)}}`;
    case 'opt':
      return draw.chance(0.3) ? 'optional.none()' : `optional.of(${leaf(small, inner)})`;
    case 'dyn':
      return draw.chance(0.5)
        ? pathText(draw, placeOf(scope, draw.pick(COMMON)))
        : `dyn(${leaf(small, draw.pick(SIMPLE))})`;
    case 'timestamp':
      return `timestamp(${draw.pick(["'2024-02-29T12:00:00.5Z'", "'2026-01-01T00:00:00Z'", '0', "'1969-12-31T23:59:59.999999999Z'", "'9999-12-31T23:59:59Z'", "'0001-01-01T00:00:00Z'"])})`;
    case 'duration':
      return `duration(${draw.pick(["'1s'", "'-1.5h'", "'0'", "'90m'", "'100ms'", "'1ns'", "'2540400h'"])})`;
    case 'decision':
      return "authorizer.path('/metrics').check('get')";
    case 'quantity':
    case 'ip':
    case 'cidr':
    case 'url':
    case 'semver':
      return `${head}(${quoted(draw, textOf(draw, head))})`;
    default:
      return literalOf(draw, head) ?? 'null';
  }
}

const several = (draw: Draw, item: () => string): string =>
  Array.from({ length: draw.below(4) }, item).join(', ');

/** Any type, most often a simple one. */
export function anyType(draw: Draw): TypeText {
  if (draw.chance(0.5)) return draw.pick(COMMON);
  if (draw.chance(0.6)) return draw.pick(SIMPLE);
  const inner = draw.pick(COMMON);
  return draw.pick([
    `list:${inner}`,
    `map:string:${inner}`,
    `list:list:${inner}`,
    `opt:${inner}`,
    'dyn',
    `map:int:${inner}`,
    `list:map:string:${inner}`,
  ]);
}

const cache = new Map<TypeText, readonly (readonly [string, Bound])[]>();

/** Templates that give the type. Those that give any type count less. */
function templatesOf(type: TypeText): readonly (readonly [string, Bound])[] {
  const known = cache.get(type);
  if (known !== undefined) return known;
  const found = FAMILIES.flatMap(({ templates }) => templates).flatMap((template) =>
    match(template, type),
  );
  cache.set(type, found);
  return found;
}

function match([result, text]: Template, type: TypeText): readonly (readonly [string, Bound])[] {
  const bound = unify(result, type);
  return bound === undefined ? [] : [[text, bound]];
}
