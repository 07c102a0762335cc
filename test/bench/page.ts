/** One measured figure. `ok` says whether it meets its target; a figure without target is for information. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** In words, e.g. `>= 4000`. */
  readonly target: string;
  readonly ok: boolean;
}

export interface VectorRow {
  readonly file: string;
  readonly lines: number;
  readonly matching: number;
  readonly percent: number;
}

export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly date: string;
}

/** What is measured by itself, and how. */
export interface Section {
  readonly title: string;
  readonly note: string;
}

const format = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : value.toPrecision(3);

/** docs/benchmarks.md from what was measured. */
export function benchmarkPage(
  machine: Machine,
  figures: readonly Figure[],
  vectors: readonly VectorRow[],
): string {
  const misses = figures.filter(({ ok }) => !ok).map(({ name }) => name);
  const vectorRows = vectors.map(
    ({ file, lines, matching, percent }) =>
      `| ${file} | ${lines} | ${matching} | ${percent.toFixed(1)} |`,
  );
  return `# Benchmarks

Written by \`npm run bench\`; do not edit. ${machine.date}, Node ${machine.node}, ${machine.cores} × ${machine.cpu}. The machine is
shared and noisy: figures are of one run.

## Speed and memory

${figureTable(figures)}

${misses.length === 0 ? 'Every target is met.' : `Missed: ${misses.join('; ')}.`}

How: the webhook runs in a process of its own, pinned to one core, the client to the other; TLS 1.3 with keep-alive and 16
connections; 10 policies that all match, each with three validations or more that read the object, or 50 rules, each in a
policy of its own or all in one; 256 different reviews of about 8 kB, half of them denied; every answer is compared with
what it must be. It runs as in the image: with the same options of Node, and with code that is compiled already, so that no
type stripper is in memory. MB are millions of bytes. The single decision is made in one process on 64 Canaries in turn, each read anew. Through the real API
server, dry-run creates go in turn to three namespaces: without a webhook, with one that reads the review and allows, and
with Sluice and 50 policies; each figure is the median of
200, in the quietest of ten blocks. \`serve\` is started against an API
server that runs already, and timed until \`/readyz\` answers 200. The story under a virtual clock is the whole of
manifests/examples/story in one process.

The machine is shared, so the best of several tries counts where others' load would be measured instead: the best of three
rounds for the webhook's rate and latencies, of three for the story, of seven for \`lint\`, the fastest block of 1,000 writes
for the API server; the medians of \`serve\` are medians.

A CEL row says how many times faster an expression is than cel-go on the admission path of the API server, which runs in
turns with it where the oracle has been built (else its speed recorded on a like machine counts): from parsed JSON, one of
1,024 objects that differ in every text each time, results checked, cost counted, the best of three rounds of each. Policies
are compiled as 100 different ones of several expressions, each under ten names, where copies share what is compiled, and as
1,000 different ones, which share steps only: reads of the same path, the same constants.

## Agreement with Kubernetes' CEL

Answers of \`sluice eval\` beside those recorded from Kubernetes' own code: value, static type, error kind and class.
Files of \`expr\` lines, and \`policy.jsonl\` of whole policies.

| file | lines | the same | percent |
|---|---|---|---|
${vectorRows.join('\n')}
`;
}

/**
 * A section of docs/benchmarks.md.
 * @param rounds how often each thing was measured
 */
export function pageSection(
  { title, note }: Section,
  { date, node, cores, cpu }: Machine,
  { figures, rounds }: { readonly figures: readonly Figure[]; readonly rounds: number },
): string {
  return `## ${title}

${date}, Node ${node}, ${cores} × ${cpu}, ${rounds === 1 ? 'one round' : `${rounds} rounds`}.

${figureTable(figures)}

How: ${note}`;
}

const SECTION = /<!-- section (\S+) -->\n[\s\S]*?\n<!-- end of section -->\n/g;

/** The page with the section in place of what it had of that name, or at its end. */
export function withSection(page: string, name: string, text: string): string {
  const section = `<!-- section ${name} -->\n\n${text}\n\n<!-- end of section -->\n`;
  const [old] = [...page.matchAll(SECTION)].filter((match) => match[1] === name);
  return old === undefined
    ? `${page.trimEnd()}\n\n${section}`
    : page.replace(old[0], () => section);
}

/** The page with the sections of another one, which it replaces. */
export function withSectionsOf(page: string, before: string): string {
  const sections = [...before.matchAll(SECTION)].map(([text]) => text);
  return [`${page.trimEnd()}\n`, ...sections].join('\n');
}

function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(
    ({ name, value, unit, target, ok }) =>
      `| ${name} | ${format(value)} ${unit} | ${target} | ${ok ? 'met' : 'missed'} |`,
  );
  return `| figure | measured | target | |\n|---|---|---|---|\n${rows.join('\n')}`;
}
