/**
 * Speed of compiled expressions over a realistic object, beside what cel-go does on the admission path of the API server
 * (recorded on a machine like the ones of CI). `node test/bench/cel.ts` prints it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../src/cel/compile.ts';
import { admissionEnvironment } from '../../src/cel/environment.ts';
import { fromJson } from '../../src/cel/from-json.ts';
import type { Activation, Program } from '../../src/cel/program.ts';
import { parseLosslessJson, type Json } from '../../src/lib/lossless-json.ts';
import type { Figure } from './page.ts';
import { hasVectors, vectorFolder } from '../vectors/recorded.ts';

interface BenchFile {
  readonly object: Json;
  readonly oldObject: Json;
  readonly exprs: readonly (readonly [string, string])[];
}

/** Evaluations a second of cel-go on the admission path, one goroutine. */
const CEL_GO: Readonly<Record<string, number>> = {
  'containers-limits': 138_000,
  'step-weight': 371_000,
  'name-regex': 250_000,
  'image-regex': 111_000,
  'exists-one': 126_000,
  'labels-all': 115_000,
  duration: 211_000,
  'metric-nested': 145_000,
  'host-network': 374_000,
  'immutable-sel': 26_400,
  'unique-names': 60_200,
  'list-1000': 490,
};
const BLOCKS = 5;
const BLOCK_MS = 60;

/** Evaluations a second of each expression; the target is what cel-go does. */
export function bench(): Promise<Figure[]> {
  if (!hasVectors()) {
    console.log('cel: skipped, no bench.json; set SLUICE_SHARED to the folder that has it');
    return Promise.resolve([]);
  }
  const text = readFileSync(join(vectorFolder(), 'bench.json'), 'utf8');
  const file = parseLosslessJson(text) as unknown as BenchFile;
  const environment = admissionEnvironment({ hasParams: false, hasAuthorizer: true });
  const activation: Activation = {
    values: { object: fromJson(file.object), oldObject: fromJson(file.oldObject) },
    context: { authorize: () => undefined },
  };
  const figures = file.exprs.map(([name, source]) => {
    const compiled = compile(source, environment);
    if (!compiled.ok) throw new Error(`${name}: ${compiled.message}`);
    const value = rate(compiled.program, activation);
    const target = CEL_GO[name] ?? 0;
    const ok = value >= target;
    return { name: `CEL ${name}`, value, unit: 'evaluations/s', target: `>= ${target}`, ok };
  });
  return Promise.resolve([...figures, compileFigure(file)]);
}

/** Best of several blocks, after warming up. */
function rate(program: Program, activation: Activation): number {
  const first = program.evaluate(activation);
  if (!first.ok) throw new Error(`${program.source}: ${first.message}`);
  let best = 0;
  for (let block = 0; block <= BLOCKS; block++)
    best = Math.max(
      best,
      measure(() => program.evaluate(activation)),
    );
  return best;
}

function measure(run: () => unknown): number {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    for (let index = 0; index < 50; index++) run();
    count += 50;
    elapsed = performance.now() - start;
  } while (elapsed < BLOCK_MS);
  return (count * 1000) / elapsed;
}

function compileFigure({ exprs }: BenchFile): Figure {
  const environment = admissionEnvironment({ hasParams: false, hasAuthorizer: true });
  const all = (): void => {
    for (const [, source] of exprs) compile(source, environment);
  };
  let best = 0;
  for (let block = 0; block <= BLOCKS; block++) best = Math.max(best, measure(all));
  const value = 1_000_000 / (best * exprs.length);
  return { name: 'CEL compilation', value, unit: 'µs each', target: '<= 312', ok: value <= 312 };
}

if (import.meta.main) {
  for (const { name, value, unit, target, ok } of await bench()) {
    console.log(
      `${ok ? 'met   ' : 'MISSED'} ${name}: ${value.toFixed(0)} ${unit} (target ${target})`,
    );
  }
}
