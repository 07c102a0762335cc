/**
 * `npm run bench`: measures, prints each figure beside its target and writes docs/benchmarks.md.
 * `npm run bench -- --only cel,compile,webhook,decide,ready,lint,story,scan,vectors` measures a part and writes nothing.
 */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { benchmarkPage, type Figure, type VectorRow } from './page.ts';

const PAGE = new URL('../../docs/benchmarks.md', import.meta.url).pathname;
const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  cel: async () => (await import('./cel.ts')).bench(),
  compile: async () => (await import('./compile.ts')).bench(),
  webhook: async () => (await import('./webhook.ts')).bench(),
  decide: async () => (await import('./decide.ts')).bench(),
  cluster: async () => (await import('./cluster.ts')).bench(),
  ready: async () => (await import('./ready.ts')).bench(),
  lint: async () => (await import('./lint.ts')).bench(),
  story: async () => (await import('./story.ts')).bench(),
  scan: async () => (await import('./scan.ts')).bench(),
  'api-server': async () => (await import('./api-server.ts')).bench(),
};

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const chosen = values.only?.split(',') ?? [...Object.keys(PARTS), 'vectors'];
const figures: Figure[] = [];
for (const [name, measure] of Object.entries(PARTS)) {
  if (!chosen.includes(name)) continue;
  for (const figure of await measure()) {
    figures.push(figure);
    const { value, unit, target, ok } = figure;
    console.log(
      `${ok ? 'met   ' : 'MISSED'} ${figure.name}: ${value.toFixed(1)} ${unit} (target ${target})`,
    );
  }
}
const vectors: VectorRow[] = chosen.includes('vectors')
  ? await (await import('./vectors.ts')).vectorTable()
  : [];
for (const { file, lines, matching, percent } of vectors) {
  console.log(`${file}: ${matching} of ${lines} (${percent.toFixed(1)} %)`);
}
if (values.only === undefined) await writePage();

async function writePage(): Promise<void> {
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown processor',
    cores: cpus().length,
    date: new Date().toISOString().slice(0, 10),
  };
  const page = benchmarkPage(machine, figures, vectors);
  writeFileSync(PAGE, await format(page, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
  console.log('docs/benchmarks.md written');
}
