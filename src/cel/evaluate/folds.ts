import type { FoldKind } from '../parse/ast.ts';
import { goType } from '../standard/go-type.ts';
import { LiteralMap } from '../literal-map.ts';
import { isCelMap, type CelMap, type CelValue } from '../values.ts';
import { Failure, NO_OVERLOAD, type Result } from './failure.ts';
import type { Frame } from './frame.ts';
import { LIST_COST } from './literals.ts';
import type { Run } from './plan.ts';
import { VariablesMap } from './variables-map.ts';

/** A planned comprehension. Slots are places of the frame for its variables. */
export interface Fold {
  readonly kind: Exclude<FoldKind, 'bind'>;
  readonly range: Run;
  readonly slot: number;
  /** Set when it has two variables: index and element, or key and value. */
  readonly slot2: number | undefined;
  readonly filter: Run | undefined;
  readonly body: Run;
  /** Whether the body is constant, so that a list around it costs nothing. */
  readonly isConstantBody: boolean;
}

const INSERT_FAILED = new Failure('other', 'insert failed: key already exists');

/** As cel-go says it, which tells the types of Go. */
function notIterable(range: CelValue, { slot2 }: Fold): Failure {
  const type = goType(range);
  return new Failure(
    'other',
    slot2 === undefined
      ? `got '${type}', expected iterable type`
      : `unsupported comprehension range type: ${type}`,
  );
}

/** What happens with each element; returns false to stop. */
type Step = () => boolean;

/**
 * A macro, with the cost of the loop that cel-go expands it to: reading the accumulator, testing the condition and
 * combining cost units of their own.
 */
export function foldRun(fold: Fold): Run {
  const run = RUNS[fold.kind];
  return (frame) => {
    const range = fold.range(frame);
    return range instanceof Failure ? range : run(frame, fold, range);
  };
}

const RUNS: Readonly<Record<Fold['kind'], (frame: Frame, fold: Fold, range: CelValue) => Result>> =
  {
    all: (frame, fold, range) => quantify(frame, fold, range, true),
    exists: (frame, fold, range) => quantify(frame, fold, range, false),
    existsOne: countOne,
    list: collect,
    map: (frame, fold, range) => transform(frame, fold, range, insertValue),
    mapEntry: (frame, fold, range) => transform(frame, fold, range, insertEntries),
  };

/** @returns false when the range is no list or map */
function iterate(frame: Frame, fold: Fold, range: CelValue, step: Step): boolean {
  if (Array.isArray(range)) return iterateList(frame, fold, range as readonly CelValue[], step);
  if (range instanceof VariablesMap) return iterateVariables(frame, fold, range, step);
  if (typeof range !== 'object' || range === null || !isCelMap(range)) return false;
  const { slot, slot2 } = fold;
  for (const key of range.keys()) {
    frame.tick();
    frame.slots[slot] = key;
    if (slot2 !== undefined) frame.slots[slot2] = range.get(key);
    if (!step()) break;
  }
  return true;
}

/** Goes over the values as if they were keys, so that there is nothing under them, as Kubernetes does. */
function iterateVariables(
  frame: Frame,
  { slot, slot2 }: Fold,
  range: VariablesMap,
  step: Step,
): boolean {
  for (const name of range.keys()) {
    frame.tick();
    frame.slots[slot] = range.resolve(name);
    if (slot2 !== undefined) frame.slots[slot2] = NO_OVERLOAD;
    if (!step()) break;
  }
  return true;
}

function iterateList(
  frame: Frame,
  { slot, slot2 }: Fold,
  range: readonly CelValue[],
  step: Step,
): boolean {
  for (let index = 0; index < range.length; index++) {
    frame.tick();
    if (slot2 === undefined) frame.slots[slot] = range[index];
    else {
      frame.slots[slot] = BigInt(index);
      frame.slots[slot2] = range[index];
    }
    if (!step()) break;
  }
  return true;
}

/** `all` (isAll) and `exists`. */
function quantify(frame: Frame, fold: Fold, range: CelValue, isAll: boolean): Result {
  const conditionCost = isAll ? 2 : 3;
  let result: Result = isAll;
  const isOk = iterate(frame, fold, range, () => {
    frame.chargeSteps(conditionCost);
    if (result === !isAll) return false;
    frame.charge(1);
    const value = fold.body(frame);
    if (value === !isAll) result = value;
    else if (result === isAll && value !== isAll) {
      result = value instanceof Failure ? value : NO_OVERLOAD;
    }
    return true;
  });
  if (!isOk) return notIterable(range, fold);
  frame.charge(1);
  return result;
}

function countOne(frame: Frame, fold: Fold, range: CelValue): Result {
  let count: number | Failure = 0;
  const isOk = iterate(frame, fold, range, () => {
    const value = fold.body(frame);
    if (value === true) {
      frame.chargeSteps(2);
      if (typeof count === 'number') count++;
    } else if (value !== false) count = value instanceof Failure ? value : NO_OVERLOAD;
    return true;
  });
  if (!isOk) return notIterable(range, fold);
  frame.chargeSteps(2);
  return typeof count === 'number' ? count === 1 : count;
}

/** What the filter says: go on with the element, skip it, or an error that becomes the result so far. */
function passes(frame: Frame, filter: Run | undefined): boolean | Failure {
  if (filter === undefined) return true;
  const value = filter(frame);
  if (typeof value === 'boolean' || value instanceof Failure) return value;
  return NO_OVERLOAD;
}

/** `map`, `filter`, `transformList`. An error does not end the loop, as in cel-go: the cost goes on. */
function collect(frame: Frame, fold: Fold, range: CelValue): Result {
  const list: CelValue[] = [];
  let failure: Failure | undefined;
  const isOk = iterate(frame, fold, range, () => {
    const isPassed = passes(frame, fold.filter);
    if (isPassed instanceof Failure) failure = isPassed;
    if (isPassed !== true) return true;
    frame.charge(1);
    const value = fold.body(frame);
    if (!fold.isConstantBody) frame.charge(LIST_COST);
    frame.charge(1);
    if (value instanceof Failure) failure ??= value;
    else if (failure === undefined) list.push(value);
    return true;
  });
  if (!isOk) return notIterable(range, fold);
  frame.charge(1);
  return failure ?? list;
}

/** Puts what the body gave into the map; @returns an error, or undefined */
type Insert = (frame: Frame, fold: Fold, map: LiteralMap) => Failure | undefined;

function transform(frame: Frame, fold: Fold, range: CelValue, insert: Insert): Result {
  const map = new LiteralMap();
  let failure: Failure | undefined;
  const isOk = iterate(frame, fold, range, () => {
    const isPassed = passes(frame, fold.filter);
    if (isPassed instanceof Failure) failure = isPassed;
    if (isPassed !== true) return true;
    frame.charge(1);
    // With three arguments an error of the first ends the call before the others are computed.
    if (failure !== undefined && fold.kind === 'map') return true;
    const problem = insert(frame, fold, map);
    failure ??= problem;
    return true;
  });
  if (!isOk) return notIterable(range, fold);
  frame.charge(1);
  return failure ?? map;
}

function insertValue(frame: Frame, fold: Fold, map: LiteralMap): Failure | undefined {
  frame.charge(1);
  const key = frame.slots[fold.slot] as CelValue;
  const value = fold.body(frame);
  frame.charge(1);
  if (value instanceof Failure) return value;
  return insertNew(map, key, value);
}

function insertEntries(frame: Frame, fold: Fold, map: LiteralMap): Failure | undefined {
  const entries = fold.body(frame);
  frame.charge(1);
  if (entries instanceof Failure) return entries;
  if (typeof entries !== 'object' || entries === null || !isCelMap(entries)) return NO_OVERLOAD;
  return insertAll(map, entries);
}

function insertAll(map: LiteralMap, entries: CelMap): Failure | undefined {
  for (const key of entries.keys()) {
    const failure = insertNew(map, key, entries.get(key) as CelValue);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function insertNew(map: LiteralMap, key: CelValue, value: CelValue): Failure | undefined {
  if (map.has(key)) return INSERT_FAILED;
  map.set(key, value);
  return undefined;
}
