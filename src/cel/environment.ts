import type { CelLibrary, FunctionDeclaration } from './library.ts';
import type { CelType, StructType } from './types.ts';

/** What an expression may name: variables, types, functions and macros. Make one and compile many expressions in it. */
export interface Environment {
  readonly variables: ReadonlyMap<string, CelType>;
  /** Types that may be written as literals, e.g. `JSONPatch{…}`, by name. */
  readonly structs: ReadonlyMap<string, StructType>;
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
  /** Names that stand for types: `int`, `net.IP`, … */
  readonly types: ReadonlyMap<string, CelType>;
  /** Finds struct types that are made on demand (`Object.spec.template`). */
  readonly findStruct?: ((name: string) => StructType | undefined) | undefined;
  /** `major.minor` of Kubernetes whose syntax and macros hold. */
  readonly version: string;
}

export interface EnvironmentOptions {
  readonly variables?: Readonly<Record<string, CelType>>;
  /** Default: every library of this build. */
  readonly libraries?: readonly CelLibrary[];
  readonly structs?: readonly StructType[];
  readonly findStruct?: (name: string) => StructType | undefined;
  /** `new`: what Kubernetes 1.37 accepts in policies that are being written (the set of 1.36); `stored` (default): all. */
  readonly mode?: 'new' | 'stored';
  /** `major.minor`; functions of later versions are not declared. Overrides `mode`. */
  readonly version?: string;
}

export function environment(_options: EnvironmentOptions = {}): Environment {
  throw new Error('not yet');
}

/** What shapes the environment of an admission expression. */
export interface AdmissionOptions {
  /** Whether `params` is declared. */
  readonly hasParams: boolean;
  /** Whether `authorizer` is declared (not in messageExpressions). */
  readonly hasAuthorizer: boolean;
  /** Types of `variables.NAME`; absent: `variables` is not declared. Use DYN for a variable that does not compile. */
  readonly variables?: Readonly<Record<string, CelType>>;
  /** Declares `JSONPatch`, `Object…` and `jsonpatch.escapeKey`. */
  readonly hasPatchTypes?: boolean;
  /** Declares Sluice's own `now` and `rollout`. Default true. */
  readonly hasSluiceVariables?: boolean;
  readonly mode?: 'new' | 'stored';
  readonly version?: string;
}

/** The environment of ValidatingAdmissionPolicy and MutatingAdmissionPolicy expressions. */
export function admissionEnvironment(_options: AdmissionOptions): Environment {
  throw new Error('not yet');
}
