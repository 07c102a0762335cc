/**
 * `npm run bench`: measures, prints each figure beside its target and writes docs/benchmarks.md.
 * `npm run bench -- --only cel,compile,webhook,decide,planner,delivery,ready,lint,story,scan,vectors` measures a part and writes nothing.
 * `npm run bench -- rollout [--repetitions N]` measures what takes long, and writes its section of the page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { benchmarkPage, pageSection, withSection, withSectionsOf } from './page.ts';
import type { Figure, Machine, VectorRow } from './page.ts';
import { SECTIONS } from './sections.ts';

const PAGE = new URL('../../docs/benchmarks.md', import.meta.url).pathname;
const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  cel: async () => (await import('./cel.ts')).bench(),
  compile: async () => (await import('./compile.ts')).bench(),
  webhook: async () => (await import('./webhook.ts')).bench(),
  decide: async () => (await import('./decide.ts')).bench(),
  planner: async () => (await import('./planner.ts')).bench(),
  delivery: async () => (await import('./delivery.ts')).bench(),
  cluster: async () => (await import('./cluster.ts')).bench(),
  ready: async () => (await import('./ready.ts')).bench(),
  lint: async () => (await import('./lint.ts')).bench(),
  story: async () => (await import('./story.ts')).bench(),
  scan: async () => (await import('./scan.ts')).bench(),
  'api-server': async () => (await import('./api-server.ts')).bench(),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, repetitions: { type: 'string', default: '3' } },
});
if (positionals.length > 0) await measureSections(positionals, Number(values.repetitions));
else await measureParts(values.only?.split(','));

async function measureParts(only: readonly string[] | undefined): Promise<void> {
  const chosen = only ?? [...Object.keys(PARTS), 'vectors'];
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (!chosen.includes(name)) continue;
    const measured = await measure();
    figures.push(...measured);
    printFigures(measured);
  }
  const vectors: VectorRow[] = chosen.includes('vectors')
    ? await (await import('./vectors.ts')).vectorTable()
    : [];
  for (const { file, lines, matching, percent } of vectors) {
    console.log(`${file}: ${matching} of ${lines} (${percent.toFixed(1)} %)`);
  }
  if (only !== undefined) return;
  await writePage(withSectionsOf(benchmarkPage(machine(), figures, vectors), readPage()));
}

async function measureSections(names: readonly string[], repetitions: number): Promise<void> {
  if (!(Number.isInteger(repetitions) && repetitions >= 1)) throw new Error('--repetitions: >= 1');
  for (const name of names) {
    const section = SECTIONS[name];
    if (section === undefined) {
      throw new Error(`unknown section ${name}; known: ${Object.keys(SECTIONS).join(', ')}`);
    }
    const figures = await section.measure(repetitions);
    printFigures(figures);
    if (figures.length === 0) continue;
    const text = pageSection(section, machine(), { figures, rounds: repetitions });
    await writePage(withSection(readPage(), name, text));
  }
}

function printFigures(figures: readonly Figure[]): void {
  for (const { name, value, unit, target, ok } of figures) {
    console.log(
      `${ok ? 'met   ' : 'MISSED'} ${name}: ${value.toFixed(1)} ${unit} (target ${target})`,
    );
  }
}

function machine(): Machine {
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown processor',
    cores: cpus().length,
    date: new Date().toISOString().slice(0, 10),
  };
}

function readPage(): string {
  return readFileSync(PAGE, 'utf8');
}

async function writePage(page: string): Promise<void> {
  writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
  console.log('docs/benchmarks.md written');
}
