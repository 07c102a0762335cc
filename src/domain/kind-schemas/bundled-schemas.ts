import { BUNDLED_KINDS } from '../builtin-types/bundled-kinds.ts';
import { CUSTOM_RESOURCES } from '../schemas/custom-resources.ts';
import { builtinRoot } from './builtin-schema.ts';
import { customKinds, customSchema } from './custom-kinds.ts';
import { FLAGGER_DEFINITIONS } from './flagger-definitions.ts';
import type { GroupVersionKind, KindSchema, KindSchemas, TypeSchema } from './kind-schemas.ts';
import { kindKey } from './read-open-api.ts';

const OWN = { group: 'sluice.dev', version: 'v1alpha1' } as const;

interface Entry {
  readonly kind: GroupVersionKind;
  readonly plural: string;
  readonly schema: () => TypeSchema;
  readonly isBuiltin: boolean;
}

/**
 * The schemas that this program carries: builtin kinds of Kubernetes 1.37, those of Flagger and its own.
 * @param definitions further CustomResourceDefinitions; they come before what is bundled
 */
export function bundledSchemas(definitions: readonly unknown[] = []): KindSchemas {
  const entries = [...definitions.flatMap(customEntries), ...bundled()];
  const made = new Map<string, KindSchema>();
  const find = (kind: GroupVersionKind): KindSchema | undefined => {
    const key = kindKey(kind);
    const entry = entries.find((each) => kindKey(each.kind) === key);
    if (entry === undefined) return undefined;
    const schema = { schema: entry.schema(), isBuiltin: entry.isBuiltin };
    made.set(key, schema);
    return schema;
  };
  return {
    schemaOf: (kind) => made.get(kindKey(kind)) ?? find(kind),
    kindsOf: ({ group, version, resource }) => {
      const kinds = entries
        .filter(({ kind, plural }) => plural === resource && kind.version === version)
        .map(({ kind }) => kind)
        // As in Kubernetes, the core group stands for every group here.
        .filter((kind) => group === '' || kind.group === group);
      return [...new Map(kinds.map((kind) => [kindKey(kind), kind])).values()];
    },
  };
}

/** What is bundled and nothing else. */
export const BUNDLED_SCHEMAS: KindSchemas = bundledSchemas();

function customEntries(definition: unknown): readonly Entry[] {
  return customKinds(definition).map(({ kind, plural, schema }) => ({
    kind,
    plural,
    schema: () => schema,
    isBuiltin: false,
  }));
}

function bundled(): readonly Entry[] {
  const builtin = BUNDLED_KINDS.map(({ plural, type, ...kind }) => ({
    kind,
    plural,
    schema: () => builtinRoot(type),
    isBuiltin: true,
  }));
  const own = CUSTOM_RESOURCES.map(({ kind, plural, properties }) => ({
    kind: { ...OWN, kind },
    plural,
    schema: () => customSchema({ type: 'object', properties }),
    isBuiltin: false,
  }));
  return [...builtin, ...own, ...FLAGGER_DEFINITIONS.flatMap(customEntries)];
}
