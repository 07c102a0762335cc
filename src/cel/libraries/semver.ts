import type { CelLibrary, FunctionDeclaration } from '../library.ts';
import { BOOL, INT, opaque, STRING, type CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import { boolAt, instanceAt, stringAt } from './support/arguments.ts';
import { traversal } from './support/cost.ts';
import { declare, global, member } from './support/declare.ts';
import { normalizedVersion, SemanticVersion } from './support/semantic-version.ts';
import { succeeds } from './support/succeeds.ts';

const SEMVER = opaque('kubernetes.Semver');

/** Semantic versions. */
export const library: CelLibrary = {
  name: 'kubernetes.Semver',
  since: '1.33',
  functions: [
    declare(
      'semver',
      global(
        'string_to_semver',
        { params: [STRING], result: SEMVER },
        { call: parse, cost: traversal(0) },
      ),
      global(
        'string_bool_to_semver',
        { params: [STRING, BOOL], result: SEMVER },
        { call: parse, cost: traversal(0) },
      ),
    ),
    declare(
      'isSemver',
      global(
        'is_semver_string',
        { params: [STRING], result: BOOL },
        { call: (args) => succeeds(() => parse(args)), cost: traversal(0) },
      ),
      global(
        'is_semver_string_bool',
        { params: [STRING, BOOL], result: BOOL },
        { call: (args) => succeeds(() => parse(args)), cost: traversal(0) },
      ),
    ),
    reading('major', 'semver_major', (version) => BigInt.asIntN(64, version.major)),
    reading('minor', 'semver_minor', (version) => BigInt.asIntN(64, version.minor)),
    reading('patch', 'semver_patch', (version) => BigInt.asIntN(64, version.patch)),
    comparing('isGreaterThan', 'semver_is_greater_than', BOOL, (order) => order === 1),
    comparing('isLessThan', 'semver_is_less_than', BOOL, (order) => order === -1),
    comparing('compareTo', 'semver_compare_to', INT, BigInt),
  ],
};

function parse(args: readonly CelValue[]): SemanticVersion {
  const text = stringAt(args, 0);
  const isLenient = args.length > 1 && boolAt(args, 1);
  return isLenient ? normalizedVersion(text) : new SemanticVersion(text);
}

function reading(
  name: string,
  id: string,
  read: (version: SemanticVersion) => bigint,
): FunctionDeclaration {
  const call = (args: readonly CelValue[]): CelValue => read(instanceAt(SemanticVersion, args, 0));
  return declare(name, member(id, { params: [SEMVER], result: INT }, { call }));
}

function comparing(
  name: string,
  id: string,
  result: CelType,
  answer: (order: -1 | 0 | 1) => CelValue,
): FunctionDeclaration {
  const call = (args: readonly CelValue[]): CelValue =>
    answer(instanceAt(SemanticVersion, args, 0).compareTo(instanceAt(SemanticVersion, args, 1)));
  return declare(name, member(id, { params: [SEMVER, SEMVER], result }, { call }));
}
