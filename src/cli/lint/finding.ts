import type { Json } from '../../lib/lossless-json.ts';
import type { Place } from '../source/source-map.ts';
import type { LintCode, LintSeverity } from './rules.ts';

/** One document or list item that is linted. */
export interface LintObject {
  readonly file: string;
  /** Absolute; '' for standard input. */
  readonly path: string;
  /** Line on which its document starts. */
  readonly line: number;
  /** Where it stands in its document: '' or `items[0].`. */
  readonly within: string;
  readonly value: Readonly<Record<string, Json>>;
}

/** Something wrong with an object, before its place is looked up. */
export interface ObjectFinding {
  readonly code: LintCode;
  readonly message: string;
  readonly object: LintObject;
  /** Path of the field, e.g. `spec.validations[0].expression`; '' for the object as a whole. */
  readonly field: string;
  /** Which part of the field the place is. Default: the value. */
  readonly part?: 'key' | 'value';
  /** UTF-16 code units into a text value. */
  readonly offset?: number | undefined;
}

/** Something wrong with a file itself. */
export interface FileFinding {
  readonly code: LintCode;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What is shown. */
export interface Finding extends Place {
  readonly code: LintCode;
  readonly severity: LintSeverity;
  readonly message: string;
  readonly file: string;
  /** `Kind namespace/name`, and the field in it; '' for a file. */
  readonly subject: string;
  readonly field: string;
}

export interface LintReport {
  readonly findings: readonly Finding[];
  /** Files that were linted. */
  readonly files: readonly string[];
  /** Objects that were linted; others were passed over. */
  readonly objects: number;
}

/** `Kind namespace/name`. */
export function subjectOf({ value }: LintObject): string {
  const { kind, namespace, name } = identityOf(value);
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

/** What names an object; '' for what it lacks. */
export function identityOf(value: Readonly<Record<string, Json>>): {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
} {
  const { metadata } = value as { readonly metadata?: Readonly<Record<string, Json>> };
  return {
    apiVersion: text(value['apiVersion']),
    kind: text(value['kind']),
    namespace: text(metadata?.['namespace']),
    name: text(metadata?.['name']),
  };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
