import {
  kindText,
  type GroupVersionKind,
  type KindSchema,
  type KindSchemas,
} from '../domain/kind-schemas/kind-schemas.ts';
import { parseApiVersion } from '../domain/object.ts';
import { atomOf } from '../domain/structured-merge/atom.ts';
import { findAtomics } from '../domain/structured-merge/find-atomics.ts';
import { mergeTyped } from '../domain/structured-merge/merge.ts';
import {
  problemsText,
  touchedProblems,
  typeProblems,
} from '../domain/structured-merge/type-problems.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import { conversionProblem } from './apply-conversion.ts';

/** The object after an apply configuration, or why it could not be applied, in the API server's words. */
export type Applied =
  { readonly object: Json; readonly problem?: undefined } | { readonly problem: string };

/**
 * Merges an apply configuration into an object, as MutatingAdmissionPolicy does: fields are set, none is removed, and
 * what could only be replaced as a whole may not be touched. Group, version and kind of the object stay.
 * @param configuration may hold values that fit no type
 * @param source the expression that gave it: texts that do not stand in it are not shown, as they are the object's
 */
export function applyConfiguration(
  object: Json,
  configuration: Readonly<Record<string, unknown>>,
  { schemas, source }: { readonly schemas: KindSchemas; readonly source: string },
): Applied {
  const kind = kindOf(object);
  const found = schemas.schemaOf(kind);
  if (found === undefined || !isJsonObject(object)) {
    return {
      problem: `Resource kind ${kindText(kind)} not found. There can be a delay between when CustomResourceDefinitions are created and when they are available.`,
    };
  }
  const { apiVersion = '', kind: name = '' } = object;
  return merged(object, { ...configuration, apiVersion, kind: name }, { kind, found, source });
}

function merged(
  object: Json,
  patch: Readonly<Record<string, unknown>>,
  {
    kind,
    found,
    source,
  }: {
    readonly kind: GroupVersionKind;
    readonly found: KindSchema;
    readonly source: string;
  },
): Applied {
  const atom = atomOf(found.schema);
  const shown = (text: string): string => (source.includes(text) ? text : '…');
  const misfits = typeProblems(patch, atom, { shown });
  if (misfits.length > 0) return refused('failed to convert patch object to typed object', misfits);
  const atomics = findAtomics(patch, atom);
  if (atomics.length > 0) {
    const places = atomics.join(', ');
    return refused('invalid ApplyConfiguration', [
      `may not mutate atomic arrays, maps or structs: ${places}`,
    ]);
  }
  const own = touchedProblems(object, patch, atom, { shown: () => '…' });
  if (own.length > 0) return refused('failed to convert original object to typed object', own);
  const problem = found.isBuiltin ? conversionProblem(patch, found.schema) : undefined;
  if (problem !== undefined) {
    return { problem: `unable to convert unstructured object to ${kindText(kind)}: ${problem}` };
  }
  return { object: mergeTyped(object, patch, atom) as Json };
}

function refused(what: string, problems: readonly string[]): Applied {
  return { problem: `error applying patch: ${what}: ${problemsText(problems)}` };
}

/** Group, version and kind of an object. */
function kindOf(object: Json): GroupVersionKind {
  const { apiVersion, kind } = isJsonObject(object) ? object : {};
  const version = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
  return { ...version, kind: typeof kind === 'string' ? kind : '' };
}
