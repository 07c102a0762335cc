/**
 * Speed of compiled expressions beside what cel-go does on the admission path of the API server, measured in turns where
 * the oracle has been built. From parsed JSON, another object each time, the result checked, cost counted.
 * `node test/bench/cel.ts` prints it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../src/cel/compile.ts';
import { admissionEnvironment } from '../../src/cel/environment.ts';
import { fromJson } from '../../src/cel/from-json.ts';
import type { Program } from '../../src/cel/program.ts';
import {
  parseLosslessJson,
  stringifyLosslessJson,
  type Json,
} from '../../src/lib/lossless-json.ts';
import { hasVectors, vectorFolder } from '../vectors/recorded.ts';
import { benchObjects, type BenchPair } from './cel-objects.ts';
import { celGo } from './cel-oracle.ts';
import type { Figure } from './page.ts';

interface BenchFile {
  readonly object: Json;
  readonly oldObject: Json;
  readonly exprs: readonly (readonly [string, string])[];
}

const ROUNDS = 3;
const BLOCK_MS = 150;
const OBJECTS = 1024;
const LEAST_MEAN = 3;
const CONTEXT = { authorize: () => undefined };

/** How many times faster than cel-go each expression is, and their geometric mean. */
export function bench(): Promise<Figure[]> {
  if (!hasVectors()) {
    console.log('cel: skipped, no bench.json; set SLUICE_SHARED to the folder that has it');
    return Promise.resolve([]);
  }
  const text = readFileSync(join(vectorFolder(), 'bench.json'), 'utf8');
  const file = parseLosslessJson(text) as unknown as BenchFile;
  const texts = {
    object: stringifyLosslessJson(file.object),
    oldObject: stringifyLosslessJson(file.oldObject),
  };
  const peer = celGo(texts);
  if (!peer.isMeasured) console.log('cel: no oracle built; cel-go as recorded on a like machine');
  const pairs = benchObjects(texts, OBJECTS);
  const figures = file.exprs.map(([name, source]) => {
    const { ours, theirs } = compareRates(source, pairs, () => peer.rate(name, source));
    const value = ours / theirs;
    console.log(`cel ${name}: ${Math.round(ours)} of ours, ${Math.round(theirs)} of cel-go`);
    return { name: `CEL ${name}, cel-go = 1`, value, unit: '×', target: '>= 1', ok: value >= 1 };
  });
  return Promise.resolve([...figures, meanOf(figures)]);
}

function meanOf(figures: readonly Figure[]): Figure {
  const sum = figures.reduce((all, { value }) => all + Math.log(value), 0);
  const value = Math.exp(sum / figures.length);
  const name = `CEL, geometric mean of ${figures.length} expressions, cel-go = 1`;
  return { name, value, unit: '×', target: `>= ${LEAST_MEAN}`, ok: value >= LEAST_MEAN };
}

/** Evaluations a second of both, in turns; the best round of each counts, for others use the machine, too. */
function compareRates(
  source: string,
  pairs: readonly BenchPair[],
  theirs: () => number,
): { readonly ours: number; readonly theirs: number } {
  const environment = admissionEnvironment({ hasParams: false, hasAuthorizer: true });
  const compiled = compile(source, environment);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.message}`);
  measure(compiled.program, pairs);
  let [best, peer] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    peer = Math.max(peer, theirs());
    best = Math.max(best, measure(compiled.program, pairs));
  }
  return { ours: best, theirs: peer };
}

function measure(program: Program, pairs: readonly BenchPair[]): number {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    for (let index = 0; index < 64; index++) evaluateOne(program, pairs, count + index);
    count += 64;
    elapsed = performance.now() - start;
  } while (elapsed < BLOCK_MS);
  return (count * 1000) / elapsed;
}

function evaluateOne(program: Program, pairs: readonly BenchPair[], index: number): void {
  const pair = pairs[index % pairs.length];
  if (pair === undefined) throw new Error('no objects');
  const values = { object: fromJson(pair.object), oldObject: fromJson(pair.oldObject) };
  const outcome = program.evaluate({ values, context: CONTEXT });
  if (!outcome.ok || outcome.value !== true || outcome.cost <= 0) {
    throw new Error(`${program.source} does not hold`);
  }
}

if (import.meta.main) {
  for (const { name, value, unit, target, ok } of await bench()) {
    console.log(
      `${ok ? 'met   ' : 'MISSED'} ${name}: ${value.toFixed(2)} ${unit} (target ${target})`,
    );
  }
}
