import { builtinRoot } from '../../../domain/kind-schemas/builtin-schema.ts';
import { customSchema } from '../../../domain/kind-schemas/custom-kinds.ts';
import { typeNameOf } from '../../../domain/builtin-types/builtin-types.ts';
import { atomOf, type Atom } from '../../../domain/structured-merge/atom.ts';
import { typeProblems } from '../../../domain/structured-merge/type-problems.ts';
import type { Fields } from '../json.ts';
import type { ApiResource } from '../resource.ts';

const atoms = new WeakMap<Fields, Atom>();

/** What merging knows of a resource's objects. */
export function atomOfResource({ builtin, schema }: Pick<ApiResource, 'builtin' | 'schema'>): Atom {
  const known = atoms.get(schema);
  if (known !== undefined) return known;
  const name = builtin ? typeNameOf(schema) : undefined;
  const made = atomOf(name === undefined ? customSchema(schema) : builtinRoot(name));
  atoms.set(schema, made);
  return made;
}

/** Where a configuration that is applied does not fit its schema, as structured-merge-diff words it; sorted. */
export function typeErrorsOf(
  configuration: Fields,
  resource: Pick<ApiResource, 'builtin' | 'schema'>,
): string[] {
  return [...new Set(typeProblems(configuration, atomOfResource(resource)))].sort();
}
