import { compareStrings } from '../../compare.ts';
import { CelRuntimeError } from '../../library.ts';
import { CelOpaque, type CelValue } from '../../values.ts';
import { noSuchOverload } from './arguments.ts';
import { cut } from './parse-url.ts';

const UINT64_MAX = 2n ** 64n - 1n;

/** `kubernetes.Semver`: a version of Semantic Versioning 2.0.0; build metadata takes no part in order or equality. */
export class SemanticVersion extends CelOpaque {
  override readonly typeName = 'kubernetes.Semver';
  readonly major: bigint;
  readonly minor: bigint;
  readonly patch: bigint;
  /** Numbers are bigints. */
  readonly #prerelease: readonly (string | bigint)[];
  readonly #build: readonly string[];

  /** @throws CelRuntimeError `overflow` for a number beyond 64 bits, else `other` */
  constructor(text: string) {
    super();
    const [major, minor, rest] = splitInThree(text);
    if (minor === undefined || rest === undefined)
      throw notAVersion('No Major.Minor.Patch elements found');
    const plus = rest.indexOf('+');
    const beforeBuild = plus < 0 ? rest : rest.slice(0, plus);
    const dash = beforeBuild.indexOf('-');
    this.major = parseNumber(major);
    this.minor = parseNumber(minor);
    this.patch = parseNumber(dash < 0 ? beforeBuild : beforeBuild.slice(0, dash));
    this.#prerelease =
      dash < 0
        ? []
        : beforeBuild
            .slice(dash + 1)
            .split('.')
            .map(parsePrerelease);
    this.#build =
      plus < 0
        ? []
        : rest
            .slice(plus + 1)
            .split('.')
            .map(parseIdentifier);
  }

  override equals(other: CelValue): boolean {
    if (!(other instanceof SemanticVersion)) throw noSuchOverload();
    return this.compareTo(other) === 0;
  }

  override display(): string {
    const numbers = [this.major, this.minor, this.patch].join('.');
    const prerelease = this.#prerelease.length === 0 ? '' : `-${this.#prerelease.join('.')}`;
    return numbers + prerelease + (this.#build.length === 0 ? '' : `+${this.#build.join('.')}`);
  }

  compareTo(other: SemanticVersion): -1 | 0 | 1 {
    return (
      order(this.major, other.major) ||
      order(this.minor, other.minor) ||
      order(this.patch, other.patch) ||
      comparePrereleases(this.#prerelease, other.#prerelease)
    );
  }
}

/**
 * Reads a version leniently: a `v` before it, leading zeros, and missing minor or patch are taken.
 * @throws CelRuntimeError as {@link SemanticVersion}
 */
export function normalizedVersion(text: string): SemanticVersion {
  const parts = splitInThree(text.startsWith('v') ? text.slice(1) : text)
    .filter((part) => part !== undefined)
    .map(withoutLeadingZeros);
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) throw notAVersion();
  while (parts.length < 3) parts.push('0');
  return new SemanticVersion(parts.join('.'));
}

function withoutLeadingZeros(part: string): string {
  if (part.length <= 1) return part;
  const rest = part.replace(/^0+/, '');
  return /^\d/.test(rest) ? rest : `0${rest}`;
}

function splitInThree(text: string): [string, string | undefined, string | undefined] {
  const [major, afterMajor] = cut(text, '.');
  if (!text.includes('.')) return [major, undefined, undefined];
  const [minor, patch] = cut(afterMajor, '.');
  return [major, minor, afterMajor.includes('.') ? patch : undefined];
}

function parseNumber(text: string): bigint {
  // An empty number gets as far as Go's integer parser, whose own error it is.
  if (text === '') throw new CelRuntimeError('conversion', 'invalid syntax');
  if (!/^(?:0|[1-9]\d*)$/.test(text)) throw notAVersion();
  return uint64(text);
}

function parsePrerelease(text: string): string | bigint {
  if (text === '') throw notAVersion('Prerelease is empty');
  if (!/^\d+$/.test(text)) return parseIdentifier(text);
  return parseNumber(text);
}

function parseIdentifier(text: string): string {
  if (!/^[0-9A-Za-z-]+$/.test(text)) throw notAVersion();
  return text;
}

function uint64(text: string): bigint {
  const value = BigInt(text);
  if (value > UINT64_MAX) throw new CelRuntimeError('overflow', 'value out of range');
  return value;
}

function notAVersion(problem = 'not a semantic version'): CelRuntimeError {
  return new CelRuntimeError('other', problem);
}

function comparePrereleases(
  left: readonly (string | bigint)[],
  right: readonly (string | bigint)[],
): -1 | 0 | 1 {
  if (left.length === 0 || right.length === 0) return order(right.length, left.length);
  for (const [i, identifier] of left.entries()) {
    const other = right[i];
    if (other === undefined) return 1;
    const result = compareIdentifiers(identifier, other);
    if (result !== 0) return result;
  }
  return order(left.length, right.length);
}

/** Numbers come before words. */
function compareIdentifiers(left: string | bigint, right: string | bigint): -1 | 0 | 1 {
  if (typeof left === 'bigint') return typeof right === 'bigint' ? order(left, right) : -1;
  return typeof right === 'bigint' ? 1 : compareStrings(left, right);
}

function order<T extends number | bigint>(left: T, right: T): -1 | 0 | 1 {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
