import type { Overload } from '../library.ts';
import { listOf, mapOf, optionalOf, typeOf, type CelType } from '../types.ts';

/** A signature whose type variables are its own. */
export interface Signature {
  readonly params: readonly CelType[];
  readonly result: CelType;
}

const generic = new WeakMap<Overload, boolean>();

/** Gives the type variables of an overload fresh names, so that two calls do not share them. */
export function instantiate(overload: Overload, fresh: () => CelType): Signature {
  const known = generic.get(overload);
  const isGeneric = known ?? [overload.result, ...overload.params].some(hasVariable);
  if (known === undefined) generic.set(overload, isGeneric);
  if (!isGeneric) return overload;
  const names = new Map<string, CelType>();
  const rename = (name: string): CelType => {
    const type = names.get(name) ?? fresh();
    names.set(name, type);
    return type;
  };
  return {
    params: overload.params.map((type) => replace(type, rename)),
    result: replace(overload.result, rename),
  };
}

function hasVariable(type: CelType): boolean {
  switch (type.kind) {
    case 'param':
      return true;
    case 'list':
      return hasVariable(type.element);
    case 'map':
      return hasVariable(type.key) || hasVariable(type.value);
    case 'optional':
      return hasVariable(type.value);
    case 'type':
      return hasVariable(type.of);
    default:
      return false;
  }
}

function replace(type: CelType, rename: (name: string) => CelType): CelType {
  switch (type.kind) {
    case 'param':
      return rename(type.name);
    case 'list':
      return listOf(replace(type.element, rename));
    case 'map':
      return mapOf(replace(type.key, rename), replace(type.value, rename));
    case 'optional':
      return optionalOf(replace(type.value, rename));
    case 'type':
      return typeOf(replace(type.of, rename));
    default:
      return type;
  }
}
