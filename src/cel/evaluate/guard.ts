import type { Overload } from '../library.ts';
import { runtimeType } from '../standard/runtime-type.ts';
import { erasedName, type CelType } from '../types.ts';
import { isCelMap, type CelValue } from '../values.ts';

/** Whether a value fits a parameter at run time: lists and maps are judged by their first element, as in cel-go. */
function fits(type: CelType, value: CelValue): boolean {
  switch (type.kind) {
    case 'param':
      return true;
    case 'list':
      return (
        Array.isArray(value) && (value.length === 0 || fits(type.element, value[0] as CelValue))
      );
    case 'map':
      return isCelMap(value) && fitsEntry(type, value);
    case 'primitive':
      return type.name === 'dyn' || type.name === runtimeType(value);
    default:
      return erasedName(type) === runtimeType(value);
  }
}

function fitsEntry(type: CelType & { readonly kind: 'map' }, value: CelValue): boolean {
  if (!isCelMap(value)) return false;
  for (const key of value.keys()) {
    return fits(type.key, key) && fits(type.value, value.get(key) ?? null);
  }
  return true;
}

/** The first overload whose parameters the arguments fit. */
export function choose(
  overloads: readonly Overload[],
  args: readonly CelValue[],
): Overload | undefined {
  return overloads.find(({ params, unguarded }) => {
    if (params.length !== args.length) return false;
    if (unguarded === true) return true;
    for (let index = 0; index < params.length; index++) {
      if (!fits(params[index] as CelType, args[index] as CelValue)) return false;
    }
    return true;
  });
}
