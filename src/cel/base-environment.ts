import { LIBRARIES } from './libraries/index.ts';
import type { CelLibrary, FunctionDeclaration, Overload } from './library.ts';
import type { MacroSet } from './parse/macros.ts';
import { STANDARD_LIBRARIES } from './standard/index.ts';
import { CROSS_TYPE } from './standard/operators.ts';
import { erasedName, type CelType, type StructType } from './types.ts';

/** What an expression may name: variables, types, functions and macros. Make one and compile many expressions in it. */
export interface Environment {
  /** Names may have dots (`authorizer.requestResource`). */
  readonly variables: ReadonlyMap<string, CelType>;
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
  /** Names that stand for types: `int`, `net.IP`, `JSONPatch`, … */
  readonly types: ReadonlyMap<string, CelType>;
  /** Finds types with fields by name; also those that are made on demand (`Object.spec.template`). */
  readonly findStruct: (name: string) => StructType | undefined;
  readonly macros: MacroSet;
  /** Whether literal arguments and mixed aggregates are checked (Kubernetes 1.29). */
  readonly hasValidators: boolean;
}

export interface EnvironmentOptions {
  readonly variables?: Readonly<Record<string, CelType>>;
  /** Default: every library of this build. The standard functions are always there. */
  readonly libraries?: readonly CelLibrary[];
  readonly structs?: readonly StructType[];
  readonly findStruct?: (name: string) => StructType | undefined;
  /** `new`: what Kubernetes 1.37 accepts in policies that are being written (the set of 1.36); `stored` (default): all. */
  readonly mode?: 'new' | 'stored';
  /** `major.minor`; functions of later versions are not declared. Overrides `mode`. */
  readonly version?: string;
}

/** What is accepted in new expressions: one version back, so that a server may be rolled back. */
const NEW_VERSION = '1.36';
/** Version of Kubernetes whose whole environment stored expressions compile in. */
export const STORED_VERSION = '1.37';

/** Makes an environment. Environments of the same libraries and version share their tables. */
export function environment(options: EnvironmentOptions = {}): Environment {
  const version = options.version ?? (options.mode === 'new' ? NEW_VERSION : STORED_VERSION);
  const tables = tablesOf(options.libraries ?? LIBRARIES, version);
  const structs = new Map((options.structs ?? []).map((type) => [type.name, type]));
  const { findStruct } = options;
  return {
    ...tables,
    variables: new Map(Object.entries(options.variables ?? {})),
    findStruct: (name) => structs.get(name) ?? findStruct?.(name),
  };
}

type Tables = Pick<Environment, 'functions' | 'types' | 'macros' | 'hasValidators'>;

const cache = new WeakMap<readonly CelLibrary[], Map<string, Tables>>();

function tablesOf(libraries: readonly CelLibrary[], version: string): Tables {
  const known = cache.get(libraries) ?? new Map<string, Tables>();
  cache.set(libraries, known);
  const tables = known.get(version) ?? makeTables(libraries, version);
  known.set(version, tables);
  return tables;
}

function makeTables(libraries: readonly CelLibrary[], version: string): Tables {
  const has = (since: string): boolean => isSince(version, since);
  const declared = [...STANDARD_LIBRARIES, ...libraries].filter(({ since }) => has(since));
  const functions = new Map<string, FunctionDeclaration>();
  for (const declaration of declared.flatMap((library) => library.functions)) {
    const { name, overloads } = declaration;
    const usable = has('1.28') ? overloads : overloads.filter(({ id }) => !CROSS_TYPE.test(id));
    const known = functions.get(name);
    const merged = merge(known?.overloads ?? [], usable);
    functions.set(name, { ...known, ...declaration, overloads: merged });
  }
  const types = declared.flatMap((library) => library.types ?? []);
  return {
    functions,
    types: new Map(types.map((type) => [erasedName(type), type])),
    macros: { optionals: has('1.28'), twoVariables: has('1.32'), sortBy: has('1.34') },
    hasValidators: has('1.29'),
  };
}

/** An overload that is declared again, as a later version of a library does, counts once. */
function merge(known: readonly Overload[], added: readonly Overload[]): readonly Overload[] {
  const ids = new Set(added.map(({ id }) => id));
  return [...known.filter(({ id }) => !ids.has(id)), ...added];
}

function isSince(version: string, since: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [sinceMajor = 0, sinceMinor = 0] = since.split('.').map(Number);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}
