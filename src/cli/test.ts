import { text as readAll } from 'node:stream/consumers';
import { SluiceError } from '../domain/errors.ts';
import type { CliCommand, ExitCode } from './command.ts';
import { customSchemas } from './custom-schemas.ts';
import { problemLine, readTexts, type NamePattern } from './manifests.ts';
import { TEST_FORMATS } from './policy-tests/formats.ts';
import { coverageOfAll, coverageText, summaryOf, type TestReport } from './policy-tests/report.ts';
import { runFiles } from './policy-tests/run-files.ts';

const EXAMPLE = `
Of a folder, the files tests.yaml and *.tests.yaml below it are run. A file names its policies with \`policies\`; without
it they are in policy.yaml beside it.
Exit codes: 0 every case passed, 1 one failed, none was found or coverage is too low, 2 an input cannot be used.

Examples:
  sluice test policies
  sluice test policies/canary-steps/tests.yaml --coverage
  sluice test policies --coverage-min 90 -o junit > tests.xml
`;

const TEST_FILES: NamePattern = {
  name: /(?:^|[\\/.])tests?\.ya?ml$/,
  what: 'tests.yaml',
  mayBeNone: true,
};

/** `sluice test`: runs the cases of policies' tests.yaml files. */
export const command: CliCommand = {
  name: 'test',
  summary: 'Run the test cases of policies, with coverage',
  configure: (verb) => {
    verb
      .argument('<paths...>', 'tests.yaml files, folders, globs, or - for standard input')
      .option('-o, --output <format>', `one of ${Object.keys(TEST_FORMATS).join(', ')}`, 'text')
      .option(
        '--crds <path>',
        'a file or folder with CustomResourceDefinitions of mutated kinds; repeatable',
        collect,
      )
      .option('-v, --verbose', 'name the cases that pass, and show expressions that are covered')
      .option('--coverage', 'show which outcomes of validations and branches no case reached')
      .option('--coverage-min <percent>', 'exit 1 when fewer outcomes are reached; 0 to 100')
      .addHelpText('after', EXAMPLE);
  },
  run: async (args, options, { cwd, stdin, stdout, stderr }) => {
    const format = formatOf(options['output']);
    const minimum = minimumOf(options['coverageMin']);
    if (args.length === 0) throw new SluiceError('SLUICE_INPUT', 'test needs a file or folder');
    const input = args.includes('-') ? await readAll(stdin) : '';
    const { texts, problems } = readTexts(args, cwd, input, TEST_FILES);
    const schemas = customSchemas(options['crds'], cwd);
    const wantsCoverage = options['coverage'] === true || minimum !== undefined;
    const report = await runFiles(texts, cwd, wantsCoverage, schemas);
    for (const problem of [...problems, ...report.problems]) {
      stderr.write(`error: ${problemLine(problem)}\n`);
    }
    const shortfall = shortfallOf(report, minimum);
    if (isEmpty(report)) stderr.write('error: no case was found\n');
    if (shortfall !== undefined) stderr.write(`error: ${shortfall}\n`);
    stdout.write(format(report, options['verbose'] === true));
    if (problems.length > 0 || report.problems.length > 0) return 2;
    return exitCode(report, shortfall !== undefined);
  },
};

/** One more value of an option that may be given several times. */
function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function formatOf(value: unknown): NonNullable<(typeof TEST_FORMATS)[string]> {
  const name = typeof value === 'string' ? value : 'text';
  const format = Object.hasOwn(TEST_FORMATS, name) ? TEST_FORMATS[name] : undefined;
  if (format !== undefined) return format;
  const known = Object.keys(TEST_FORMATS).join(', ');
  throw new SluiceError('SLUICE_UNKNOWN_NAME', `unknown format ${name}; known: ${known}`);
}

function minimumOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const percent = typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  if (percent >= 0 && percent <= 100) return percent;
  throw new SluiceError('SLUICE_INPUT', '--coverage-min must be a number from 0 to 100');
}

function shortfallOf({ coverage }: TestReport, minimum: number | undefined): string | undefined {
  if (coverage === undefined || minimum === undefined) return undefined;
  const reached = coverageOfAll(coverage);
  if (reached.percent >= minimum) return undefined;
  return `coverage is ${coverageText(reached)}; at least ${minimum} % are required`;
}

function isEmpty({ files }: TestReport): boolean {
  return files.every(({ cases }) => cases.length === 0);
}

function exitCode(report: TestReport, isShort: boolean): ExitCode {
  return summaryOf(report).failed > 0 || isEmpty(report) || isShort ? 1 : 0;
}
