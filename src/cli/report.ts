import { text as readAll } from 'node:stream/consumers';
import { addConfigOptions } from '../config/command-options.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Config, OptionKey } from '../config/options.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Catalogue } from '../evidence/report/catalogue.ts';
import { controlsReport, type ControlsReport } from '../evidence/report/controls-report.ts';
import { findFramework, FRAMEWORKS } from '../evidence/report/frameworks.ts';
import { renderHtml } from '../evidence/report/render-html.ts';
import { renderMarkdown } from '../evidence/report/render-markdown.ts';
import { renderText } from '../evidence/report/render-text.ts';
import type { CliCommand, CliContext } from './command.ts';
import { problemLine, readManifests } from './manifests.ts';
import { instantOf } from './now-option.ts';
import { controlsInput } from './report/controls-input.ts';
import { worldOfFiles } from './report/from-files.ts';
import { soundDocuments } from './report/sound.ts';
import type { ReportWorld } from './report/world.ts';

const FORMATS: Readonly<Record<string, (report: ControlsReport) => string>> = {
  text: renderText,
  json: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
  markdown: renderMarkdown,
  html: renderHtml,
};
const SUBJECTS = ['controls'];
const CONFIG_KEYS: readonly OptionKey[] = [
  'kubeconfig',
  'context',
  'sluiceNamespace',
  'scanKinds',
  'paramKinds',
  'exceptionNamespaces',
  'emergencyReviewWithin',
  'machineApprovers',
  'deliveryIdentities',
];
const SHORT_NAMES = FRAMEWORKS.map(({ shortName }) => shortName);
const EXAMPLE = `
Without files the report is made from the cluster of the kubeconfig; with files, from the policies, bindings,
namespaces, exceptions, approvals and objects in them. It shows what is enforced; it claims no compliance.
Exit codes: 0 the report was made, 1 a control is not enforced throughout (with --strict), 2 an input cannot be used.

Examples:
  sluice report controls --framework soc2
  sluice report controls --framework pci-dss-4 -n pay -o html > pci.html
  sluice report controls --framework gdpr -o json policies/ manifests/
`;

/** `sluice report`: what enforces the controls of a framework, where, and what it found. */
export const command: CliCommand = {
  name: 'report',
  summary: 'Show what enforces the controls of a framework, where, and what it found',
  configure: (verb) => {
    verb
      .argument('<subject>', SUBJECTS.join(', '))
      .argument('[files...]', 'files, folders, globs, or - for standard input')
      .option('-f, --framework <name>', `one of ${SHORT_NAMES.join(', ')}`)
      .option('-n, --namespace <name>', 'a namespace that the report is about; repeatable', collect)
      .option('-o, --output <format>', `one of ${Object.keys(FORMATS).join(', ')}`, 'text')
      .option('--now <time>', 'RFC 3339 time of the report; default: the current time')
      .option('--strict', 'exit 1 when a control is not enforced throughout');
    addConfigOptions(verb, CONFIG_KEYS).addHelpText('after', EXAMPLE);
  },
  run: async ([subject = '', ...files], options, context) => {
    if (!SUBJECTS.includes(subject)) throw unknown('report', subject, SUBJECTS);
    const framework = frameworkOf(options['framework']);
    const render = formatOf(options['output']);
    const now = instantOf(options['now']);
    const config = configOf(options);
    const { world, isBroken } = await readWorld(files, config, context);
    const namespaces = Array.isArray(options['namespace']) ? options['namespace'].map(String) : [];
    const report = controlsReport(controlsInput(world, { framework, now, namespaces, config }));
    context.stdout.write(render(report));
    if (isBroken) return 2;
    const { counts } = report;
    return options['strict'] === true && counts.partly + counts['not-enforced'] > 0 ? 1 : 0;
  },
};

/** One more value of an option that may be given several times. */
function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function unknown(what: string, name: string, known: readonly string[]): SluiceError {
  return new SluiceError(
    'SLUICE_UNKNOWN_NAME',
    `unknown ${what} ${name}; known: ${known.join(', ')}`,
  );
}

function frameworkOf(value: unknown): Catalogue {
  const known = SHORT_NAMES.join(', ');
  if (typeof value !== 'string') {
    throw new SluiceError('SLUICE_INPUT', `report controls needs --framework; known: ${known}`);
  }
  const found = findFramework(value);
  if (found === undefined) throw unknown('framework', value, SHORT_NAMES);
  return found;
}

function formatOf(value: unknown): (report: ControlsReport) => string {
  const name = typeof value === 'string' ? value : 'text';
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format === undefined) throw unknown('format', name, Object.keys(FORMATS));
  return format;
}

function configOf(options: Readonly<Record<string, unknown>>): Config {
  const flags = Object.fromEntries(
    CONFIG_KEYS.map((key) => [key, options[key] as string | undefined]),
  );
  return loadConfig({ flags });
}

async function readWorld(
  files: readonly string[],
  config: Config,
  context: CliContext,
): Promise<{ readonly world: ReportWorld; readonly isBroken: boolean }> {
  if (files.length === 0) {
    const { readCluster } = await import('./report/read-cluster.ts');
    return { world: await readCluster(config, context.signal), isBroken: false };
  }
  const stdin = files.includes('-') ? await readAll(context.stdin) : '';
  const { objects, problems } = readManifests(files, context.cwd, stdin);
  for (const problem of problems) context.stderr.write(`error: ${problemLine(problem)}\n`);
  const { documents, problems: unsound } = soundDocuments(objects);
  for (const problem of unsound) context.stderr.write(`error: ${problem}\n`);
  const world = worldOfFiles(
    documents,
    `${files.length === 1 ? 'file' : 'files'} ${files.join(', ')}`,
  );
  return { world, isBroken: problems.length + unsound.length > 0 };
}
