import { text as readAll } from 'node:stream/consumers';
import { SluiceError } from '../domain/errors.ts';
import type { CliCommand, ExitCode } from './command.ts';
import { customSchemas } from './custom-schemas.ts';
import { addExceptionOptions } from './exception-options.ts';
import type { LintReport } from './lint/finding.ts';
import { LINT_FORMATS, count } from './lint/formats.ts';
import { governanceRulesOf } from './lint/governance-rules.ts';
import { lintFiles, type LintOptions } from './lint/lint-files.ts';
import { LINT_RULES, isLintCode } from './lint/rules.ts';
import { problemLine, readTexts, type InputText } from './manifests.ts';
import { instantOf } from './now-option.ts';

const EXAMPLE = `
Policies, bindings, ChangeWindows, exceptions, approvals, budgets and tests.yaml files are linted; of folders and globs,
other objects are passed over.
Codes are listed in docs/reference/lint.md. An object's annotation sluice.dev/lint-ignore: SL6003 switches codes off.
Exit codes: 0 no error, 1 an error (with --strict also: a warning), 2 an input cannot be used.

Examples:
  sluice lint policies
  sluice lint --strict -o github policies bindings/*.yaml
  sluice lint --crds crds/ policies
  kustomize build . | sluice lint -
`;

/** `sluice lint`: says what is wrong with policies and what belongs to them, without a cluster. */
export const command: CliCommand = {
  name: 'lint',
  summary: 'Say what is wrong with policies, bindings, windows, exceptions and budgets, and where',
  configure: (verb) => {
    verb
      .argument('<files...>', 'files, folders, globs, or - for standard input')
      .option('-o, --output <format>', `one of ${Object.keys(LINT_FORMATS).join(', ')}`, 'text')
      .option('--ignore <code>', 'a code that is not reported; repeatable', collect)
      .option(
        '--crds <path>',
        'a file or folder with CustomResourceDefinitions of matched kinds; repeatable',
        collect,
      )
      .option('--now <time>', 'RFC 3339 time for windows and ends; default: the current time')
      .option('--max-exception <duration>', 'how far ahead an exception may expire; default 720h')
      .option('--max-emergency <duration>', 'the same for an emergency; default 4h')
      .option(
        '--emergency-review-within <duration>',
        'how long an emergency may go without review; default 24h',
      );
    addExceptionOptions(verb)
      .option('--strict', 'exit 1 on warnings too')
      .addHelpText('after', EXAMPLE);
  },
  run: async (args, options, { cwd, stdin, stdout, stderr }) => {
    const format = formatOf(options['output']);
    const settings: LintOptions = {
      now: instantOf(options['now']),
      ignored: new Set(codesOf(options['ignore'])),
      schemas: customSchemas(options['crds'], cwd),
      governance: governanceRulesOf(options),
    };
    if (args.length === 0) throw new SluiceError('SLUICE_INPUT', 'lint needs a file or folder');
    const input = args.includes('-') ? await readAll(stdin) : '';
    const { texts, problems } = readTexts(args, cwd, input);
    for (const problem of problems) stderr.write(`error: ${problemLine(problem)}\n`);
    const report = await lintFiles(distinct(texts), settings);
    const isEmpty = report.objects === 0 && report.findings.length === 0;
    if (isEmpty) stderr.write('error: there is no policy, binding, window or tests.yaml\n');
    stdout.write(format(report));
    return problems.length > 0 || isEmpty ? 2 : exitCode(report, options['strict'] === true);
  },
};

/** Each file once, however often it was named. */
function distinct(texts: readonly InputText[]): readonly InputText[] {
  const named = new Set(texts.filter(({ isNamed }) => isNamed).map(({ path }) => path));
  const byPath = new Map(texts.map((text) => [text.path, text]));
  return [...byPath.values()].map((text) => ({ ...text, isNamed: named.has(text.path) }));
}

/** One more value of an option that may be given several times. */
function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function formatOf(value: unknown): NonNullable<(typeof LINT_FORMATS)[string]> {
  const name = typeof value === 'string' ? value : 'text';
  const format = Object.hasOwn(LINT_FORMATS, name) ? LINT_FORMATS[name] : undefined;
  if (format !== undefined) return format;
  const known = Object.keys(LINT_FORMATS).join(', ');
  throw new SluiceError('SLUICE_UNKNOWN_NAME', `unknown format ${name}; known: ${known}`);
}

function codesOf(value: unknown) {
  const names = Array.isArray(value) ? value.map(String) : [];
  return names.map((name) => {
    if (isLintCode(name)) return name;
    const known = Object.keys(LINT_RULES).join(', ');
    throw new SluiceError('SLUICE_UNKNOWN_NAME', `unknown code ${name}; known: ${known}`);
  });
}

function exitCode(report: LintReport, isStrict: boolean): ExitCode {
  const failing = count(report, 'error') + (isStrict ? count(report, 'warning') : 0);
  return failing > 0 ? 1 : 0;
}
