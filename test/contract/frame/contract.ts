/** One thing that holds for every plug-in of an interface to which it applies. */
export interface ContractCase<Plugin, Fixture> {
  readonly name: string;
  /** Absent: to all. Asked of the plug-in that is shipped, never of a mutant of it. */
  readonly appliesTo?: (plugin: Plugin, fixture: Fixture) => boolean;
  /** Throws, as vitest's `expect` does, when it does not hold. */
  readonly run: (plugin: Plugin, fixture: Fixture) => void | Promise<void>;
}

/** Ways in which a plug-in of any interface could be wrong. */
export const MUTANTS = [
  'does nothing',
  'swaps weights',
  'drops foreign fields',
  'always passes',
  'leaks a secret',
] as const;

export type MutantName = (typeof MUTANTS)[number];

/** Why a mutant would be no mistake for a plug-in: one sentence. */
export interface Meaningless {
  readonly because: string;
}

/** The plug-in with the mistake; each call makes a mutant without memory of earlier ones. */
export type Mutation<Plugin, Fixture> = (plugin: Plugin, fixture: Fixture) => Plugin | Meaningless;

/** What every plug-in of one interface must keep, and how it could break it. */
export interface Contract<Plugin extends object, Fixture> {
  /** The interface's name, which is the name of its folder below test/contract and below src/delivery. */
  readonly of: string;
  /** Under which name every file of the plug-in folder exports its plug-in. */
  readonly exported: string;
  /** The generated list. */
  readonly index: readonly Plugin[];
  readonly cases: readonly ContractCase<Plugin, Fixture>[];
  readonly mutants: Readonly<Record<MutantName, Mutation<Plugin, Fixture>>>;
}

/** What a file of a fixtures folder exports. */
export interface FixtureModule<Plugin, Fixture> {
  readonly fixture: Fixture;
  /** What holds for this plug-in alone. */
  readonly cases?: readonly ContractCase<Plugin, Fixture>[];
}

/** Whether there is no such mutant. */
export function isMeaningless(mutant: object): mutant is Meaningless {
  return Object.keys(mutant).length === 1 && 'because' in mutant;
}

/** The plug-in with some of its members exchanged; everything else is asked of the plug-in itself. */
export function altered<Plugin extends object>(plugin: Plugin, changes: Partial<Plugin>): Plugin {
  return new Proxy(plugin, {
    get: (target, member): unknown => Reflect.get(member in changes ? changes : target, member),
  });
}
