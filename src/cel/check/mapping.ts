import { ANY } from '../messages.ts';
import { DYN, ERROR, listOf, mapOf, optionalOf, typeOf, typeText, type CelType } from '../types.ts';

/** What type variables stand for, so far. Types are compared by their text, as cel-go does. */
export type Mapping = Map<string, CelType>;

export const isDyn = (type: CelType): boolean =>
  (type.kind === 'primitive' && type.name === 'dyn') || type === ANY;
const isDynOrError = (type: CelType): boolean => isDyn(type) || type === ERROR;
const isNull = (type: CelType): boolean => type.kind === 'primitive' && type.name === 'null_type';

/** Same type, parameters included; a wrapper is the same as what it wraps. */
export const isExact = (a: CelType, b: CelType): boolean =>
  a === b || (a.kind === b.kind && unwrappedText(a) === unwrappedText(b));

const WRAPPER = /wrapper\((\w+)\)/g;

function unwrappedText(type: CelType): string {
  const text = typeText(type);
  return text.includes('wrapper(') ? text.replaceAll(WRAPPER, '$1') : text;
}

/**
 * Whether a value of one type may stand where the other is wanted; binds type variables in `mapping` on success and
 * leaves it alone on failure.
 */
export function isAssignable(mapping: Mapping, to: CelType, from: CelType): boolean {
  return areAssignable(mapping, [to], [from]);
}

/** As {@link isAssignable} for several types that share variables. */
export function areAssignable(
  mapping: Mapping,
  to: readonly CelType[],
  from: readonly CelType[],
): boolean {
  if (to.length !== from.length) return false;
  const attempt = new Map(mapping);
  const isOk = to.every((type, index) => assign(attempt, type, from[index] ?? ERROR));
  if (isOk) for (const [name, type] of attempt) mapping.set(name, type);
  return isOk;
}

function assign(mapping: Mapping, to: CelType, from: CelType): boolean {
  if (from.kind === 'param') {
    const outcome = substituteVariable(mapping, to, from);
    if (outcome !== 'no') return outcome === 'bound';
  }
  if (to.kind === 'param') return substituteVariable(mapping, from, to) === 'bound';
  if (isDynOrError(to) || isDynOrError(from)) return true;
  if (isNull(to)) return isNullable(from);
  if (isNull(from)) return isNullable(to);
  return assignKinds(mapping, to, from);
}

function assignKinds(mapping: Mapping, to: CelType, from: CelType): boolean {
  if (to.kind === 'list' && from.kind === 'list') return assign(mapping, to.element, from.element);
  if (to.kind === 'map' && from.kind === 'map') {
    return assign(mapping, to.key, from.key) && assign(mapping, to.value, from.value);
  }
  if (to.kind === 'optional' && from.kind === 'optional') {
    return assign(mapping, to.value, from.value);
  }
  if (to.kind === 'type') return from.kind === 'type';
  return isExact(to, from);
}

/** `no`: not bound and not known, so the other direction may be tried. */
function substituteVariable(
  mapping: Mapping,
  type: CelType,
  variable: CelType,
): 'bound' | 'conflict' | 'no' {
  if (isExact(type, variable)) return 'bound';
  const known = mapping.get(typeText(variable));
  if (known === undefined) {
    if (!isFreeOf(mapping, variable, type)) return 'no';
    mapping.set(typeText(variable), type);
    return 'bound';
  }
  if (isExact(type, known)) return 'bound';
  if (!assign(mapping, type, known)) return 'conflict';
  const general = mostGeneral(type, known);
  if (isFreeOf(mapping, variable, general)) mapping.set(typeText(variable), general);
  return 'bound';
}

function isFreeOf(mapping: Mapping, variable: CelType, type: CelType): boolean {
  if (isExact(variable, type)) return false;
  if (type.kind === 'param') {
    const known = mapping.get(typeText(type));
    return known === undefined || isFreeOf(mapping, variable, known);
  }
  return parametersOf(type).every((parameter) => isFreeOf(mapping, variable, parameter));
}

function parametersOf(type: CelType): readonly CelType[] {
  switch (type.kind) {
    case 'list':
      return [type.element];
    case 'map':
      return [type.key, type.value];
    case 'optional':
      return [type.value];
    case 'type':
      return [type.of];
    default:
      return [];
  }
}

function isNullable(type: CelType): boolean {
  if (type.kind === 'primitive') {
    return (
      isNull(type) ||
      type.isWrapper === true ||
      type.name === 'google.protobuf.Timestamp' ||
      type.name === 'google.protobuf.Duration'
    );
  }
  return type.kind === 'opaque' || type.kind === 'struct' || type.kind === 'optional';
}

/** The one of two agreeing types that allows more. */
export function mostGeneral(a: CelType, b: CelType): CelType {
  return isEqualOrLessSpecific(a, b) ? a : b;
}

function isEqualOrLessSpecific(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === 'param') return true;
  if (isDyn(b) || b.kind === 'param' || a.kind !== b.kind) return false;
  if (a.kind === 'type') return true;
  const inner = parametersOf(a);
  if (inner.length === 0) return isExact(a, b);
  const others = parametersOf(b);
  return inner.every((type, index) => isEqualOrLessSpecific(type, others[index] ?? ERROR));
}

/** Replaces type variables by what they stand for; free ones by dyn when `isFinal`. */
export function substitute(mapping: Mapping, type: CelType, isFinal: boolean): CelType {
  switch (type.kind) {
    case 'param': {
      const known = mapping.get(type.name);
      if (known !== undefined) return substitute(mapping, known, isFinal);
      return isFinal ? DYN : type;
    }
    case 'list':
      return listOf(substitute(mapping, type.element, isFinal));
    case 'map':
      return mapOf(
        substitute(mapping, type.key, isFinal),
        substitute(mapping, type.value, isFinal),
      );
    case 'optional':
      return optionalOf(substitute(mapping, type.value, isFinal));
    case 'type':
      return typeOf(substitute(mapping, type.of, isFinal));
    default:
      return type;
  }
}
