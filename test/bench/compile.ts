/** Compiling a thousand policies: how long it takes and what stays in memory. `node test/bench/compile.ts` prints it. */
import { readFileSync, readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { load } from 'js-yaml';
import type { RolloutPolicy } from '../../src/domain/policy.ts';
import { compilePolicy, type CompiledPolicy } from '../../src/policy/compile.ts';
import type { Figure } from './page.ts';

const FOLDER = new URL('../../policies/', import.meta.url).pathname;
const COUNT = 1000;
const SHAPES = 100;
const ROUNDS = 3;
const TARGET_MS = 2000;
const TARGET_KB = 20;

/**
 * The shipped policies, altered until there are a hundred different ones, ten times each under other names; and altered
 * until all are different.
 */
export function bench(): Promise<Figure[]> {
  const policies = shippedPolicies();
  return Promise.resolve([SHAPES, COUNT].flatMap((shapes) => figuresOf(policies, shapes)));
}

function figuresOf(policies: readonly RolloutPolicy[], shapes: number): Figure[] {
  const rounds = Array.from({ length: ROUNDS }, (_each, round) =>
    measure(policies, shapes, shapes + round),
  );
  const value = Math.min(...rounds.map(({ elapsed }) => elapsed));
  const retained = Math.max(...rounds.map((round) => round.retained));
  const conditions = shapes === COUNT ? ', all different' : ` of ${shapes} shapes`;
  return [
    {
      name: `compiling ${COUNT} policies${conditions}`,
      value,
      unit: 'ms',
      target: `<= ${TARGET_MS}`,
      ok: value <= TARGET_MS,
    },
    {
      name: `retained by a compiled policy${conditions}`,
      value: retained,
      unit: 'kB',
      target: `<= ${TARGET_KB}`,
      ok: retained <= TARGET_KB,
    },
  ];
}

/** Milliseconds for all, and kB that each keeps, its own document included. */
function measure(
  policies: readonly RolloutPolicy[],
  shapes: number,
  round: number,
): { readonly elapsed: number; readonly retained: number } {
  const before = heapUsed();
  const kept: CompiledPolicy[] = [];
  const copies = thousand(policies, shapes, round);
  const start = performance.now();
  for (const policy of copies) kept.push(compiledOf(policy));
  const elapsed = performance.now() - start;
  const retained = (heapUsed() - before) / kept.length / 1000;
  if (kept.length !== COUNT) throw new Error('not all were compiled');
  return { elapsed, retained };
}

function shippedPolicies(): readonly RolloutPolicy[] {
  const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('policy.yaml'))
    .sort()
    .map((name) => load(readFileSync(FOLDER + name, 'utf8')) as RolloutPolicy)
    .filter(({ kind }) => kind === 'RolloutPolicy');
}

/** Texts are made anew, so that copies share no strings, as those of an API server do not. */
function thousand(
  policies: readonly RolloutPolicy[],
  shapes: number,
  round: number,
): readonly RolloutPolicy[] {
  return Array.from({ length: COUNT }, (_each, index) => {
    const shape = index % shapes;
    const policy = policies[shape % policies.length];
    if (policy === undefined) throw new Error('no policies');
    const { spec, metadata } = JSON.parse(JSON.stringify(policy)) as RolloutPolicy;
    const first = spec.validations?.[0];
    const expression = `object.metadata.name != 'shape-${round}-${shape}' || size(object.metadata.name) > ${shape}`;
    const validations = [...(spec.validations ?? []), { ...first, name: 'shape', expression }];
    const name = `${metadata.name}-${index}`;
    return { ...policy, metadata: { name }, spec: { ...altered(spec, shape, round), validations } };
  });
}

/** Every text of an expression is another one in another shape. */
function altered(spec: RolloutPolicy['spec'], shape: number, round: number): RolloutPolicy['spec'] {
  const text = JSON.stringify(spec, (key, value: unknown) =>
    /^(?:expression|messageExpression|valueExpression)$/.test(key)
      ? `${String(value)} // ${round}-${shape}`
      : value,
  );
  return JSON.parse(text) as RolloutPolicy['spec'];
}

function compiledOf(policy: RolloutPolicy): CompiledPolicy {
  const result = compilePolicy(policy);
  if (result.ok) return result.compiled;
  throw new Error(`${policy.metadata.name}: ${result.issues[0]?.message ?? ''}`);
}

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

if (import.meta.main) {
  for (const { name, value, unit, target, ok } of await bench()) {
    console.log(
      `${ok ? 'met   ' : 'MISSED'} ${name}: ${value.toFixed(1)} ${unit} (target ${target})`,
    );
  }
}
