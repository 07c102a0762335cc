import type { Atom } from './atom.ts';
import { isList, isMap } from './value.ts';

/** The paths of the lists and maps in a configuration that can only be replaced as a whole, such as `.spec.selector`. */
export function findAtomics(value: unknown, atom: Atom, path = ''): readonly string[] {
  const { list, map } = atom;
  if (isMap(value) && map !== undefined) {
    const own = map.isAtomic ? [path] : [];
    const below = Object.entries(value).flatMap(([key, member]) => {
      // Kubernetes looks into declared members only.
      const field = map.field(key);
      return field === undefined ? [] : findAtomics(member, field, `${path}.${key}`);
    });
    return [...own, ...below];
  }
  if (isList(value) && list !== undefined) {
    const own = list.isAtomic ? [path] : [];
    const { element } = list;
    const below = value.flatMap((entry, index) => findAtomics(entry, element, `${path}[${index}]`));
    return [...own, ...below];
  }
  return [];
}
