import type { ListElement, MapEntry } from '../parse/ast.ts';
import { LiteralMap } from '../literal-map.ts';
import { CelStruct } from '../struct-value.ts';
import { CelOptional, type CelValue } from '../values.ts';
import { Failure, type Result } from './failure.ts';
import type { Frame } from './frame.ts';
import { BUILDERS } from './messages.ts';
import type { Run } from './plan.ts';

export const LIST_COST = 10;
const MAP_COST = 30;
const STRUCT_COST = 40;

const IS_STRUCT = /^(?:JSONPatch$|Object(?:\.|$)|google\.protobuf\.Empty$)/;

const NOT_OPTIONAL = new Failure(
  'other',
  'cannot initialize optional element from non-optional value',
);

export interface PlannedElement extends Pick<ListElement, 'isOptional'> {
  readonly run: Run;
}

export interface PlannedEntry extends Pick<MapEntry, 'isOptional'> {
  readonly key: Run;
  readonly value: Run;
}

export interface PlannedField extends PlannedElement {
  readonly name: string;
}

/** An optional part: its value, nothing when it is empty. */
function unwrap(result: CelValue, isOptional: boolean): Result | undefined {
  if (!isOptional) return result;
  return result instanceof CelOptional ? result.value : NOT_OPTIONAL;
}

export function listRun(elements: readonly PlannedElement[]): Run {
  return (frame) => {
    const result = buildList(frame, elements);
    frame.charge(LIST_COST);
    return result;
  };
}

function buildList(frame: Frame, elements: readonly PlannedElement[]): Result {
  const list: CelValue[] = [];
  for (const { run, isOptional } of elements) {
    const result = run(frame);
    if (result instanceof Failure) return result;
    const value = unwrap(result, isOptional);
    if (value instanceof Failure) return value;
    if (value !== undefined) list.push(value);
  }
  return list;
}

export function mapRun(entries: readonly PlannedEntry[]): Run {
  return (frame) => {
    const result = buildMap(frame, entries);
    frame.charge(MAP_COST);
    return result;
  };
}

function buildMap(frame: Frame, entries: readonly PlannedEntry[]): Result {
  const map = new LiteralMap();
  for (const { key: keyRun, value: valueRun, isOptional } of entries) {
    const key = keyRun(frame);
    if (key instanceof Failure) return key;
    const result = valueRun(frame);
    if (result instanceof Failure) return result;
    const value = unwrap(result, isOptional);
    if (value instanceof Failure) return value;
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }
  return map;
}

export function structRun(name: string, fields: readonly PlannedField[]): Run {
  return (frame) => {
    const result = buildStruct(frame, name, fields);
    frame.charge(STRUCT_COST);
    return result;
  };
}

function buildStruct(frame: Frame, typeName: string, fields: readonly PlannedField[]): Result {
  const values = new Map<string, CelValue>();
  for (const { name, run, isOptional } of fields) {
    const result = run(frame);
    if (result instanceof Failure) return result;
    const value = unwrap(result, isOptional);
    if (value instanceof Failure) return value;
    if (value === undefined) values.delete(name);
    else values.set(name, value);
  }
  const build = BUILDERS.get(typeName);
  if (build !== undefined) return build(values);
  return IS_STRUCT.test(typeName)
    ? new CelStruct(typeName, values)
    : new Failure('other', `unknown type '${typeName}'`);
}
