import { text as readAll } from 'node:stream/consumers';
import { SluiceError } from '../domain/errors.ts';
import { isBinding, isPolicy, problemText, readPolicySet } from '../policy/policy-set.ts';
import { FORMATS } from './check/formats.ts';
import { checkObjects, summaryOf, type CheckInputs, type CheckReport } from './check/report.ts';
import type { CliCommand, CliContext, ExitCode } from './command.ts';
import { customSchemas } from './custom-schemas.ts';
import { addExceptionOptions } from './exception-options.ts';
import type { FileRules } from './governance-objects.ts';
import { problemLine, readManifests, type InputProblem, type Manifests } from './manifests.ts';
import { instantOf } from './now-option.ts';

const EXAMPLE = `
A policy without a binding is applied with Deny. Without --policy the policies among the manifests are used.
A PolicyException among the files counts when approvals of it are among them, too, or with --assume-approved.
Exit codes: 0 nothing is denied, 1 something is (with --strict also: warned about), 2 an input cannot be used.

Examples:
  sluice check --policy policies/ manifests/canary.yaml
  kustomize build . | sluice check --policy policies/ -o sarif - > sluice.sarif
`;

/** `sluice check`: decides each object of the manifests under the policies, without a cluster. */
export const command: CliCommand = {
  name: 'check',
  summary: 'Say which manifests violate these policies',
  configure: (verb) => {
    verb
      .argument('<manifests...>', 'files, folders, globs, or - for standard input')
      .option(
        '-p, --policy <path>',
        'policies and bindings: a file, folder or glob; repeatable',
        collect,
      )
      .option('-o, --output <format>', `one of ${Object.keys(FORMATS).join(', ')}`, 'text')
      .option('-n, --namespace <name>', 'namespace of objects that name none', '')
      .option('--as <user>', 'user name that expressions see', 'sluice-check')
      .option('--as-group <group>', 'group that expressions see; repeatable', collect)
      .option(
        '--crds <path>',
        'a file or folder with CustomResourceDefinitions of mutated kinds; repeatable',
        collect,
      )
      .option('--now <time>', 'RFC 3339 time that expressions see; default: the current time');
    addExceptionOptions(verb)
      .option('--assume-approved', 'take the exceptions among the files for approved')
      .option('--strict', 'exit 1 on warnings too')
      .addHelpText('after', EXAMPLE);
  },
  run: async (args, options, context) => {
    const settings = settingsOf(options);
    if (args.length === 0) throw new SluiceError('SLUICE_INPUT', 'check needs a manifest');
    const stdin = args.includes('-') ? await readAll(context.stdin) : '';
    const manifests = readManifests(args, context.cwd, stdin);
    const sources = readManifests(settings.policies, context.cwd);
    const policies = readPolicySet(
      [...sources.objects, ...manifests.objects]
        .map(({ value }) => value)
        .filter((value) => isPolicy(value) || isBinding(value)),
    );
    reportProblems([...sources.problems, ...manifests.problems], context);
    for (const problem of policies.problems) {
      context.stderr.write(`error: ${problemText(problem)}\n`);
    }
    if (policies.policies.length === 0 && policies.problems.length === 0) {
      throw new SluiceError('SLUICE_INPUT', 'there is no policy; name one with --policy');
    }
    const isBroken = [sources.problems, manifests.problems, policies.problems].some(
      ({ length }) => length > 0,
    );
    const report = checkObjects(withParams(manifests, sources), policies, {
      ...settings,
      schemas: customSchemas(options['crds'], context.cwd),
    });
    note(report, manifests.passedOver, context);
    context.stdout.write(settings.format(report));
    return exitCode(report, { isBroken, isStrict: settings.isStrict });
  },
};

interface Settings {
  readonly policies: readonly string[];
  readonly format: (report: CheckReport) => string;
  readonly namespace: string;
  readonly userInfo: { readonly username: string; readonly groups: readonly string[] };
  readonly now: string;
  readonly exceptions: FileRules;
  readonly isStrict: boolean;
}

function settingsOf(options: Readonly<Record<string, unknown>>): Settings {
  const output = textOf(options['output'], 'text');
  const format = Object.hasOwn(FORMATS, output) ? FORMATS[output] : undefined;
  if (format === undefined) {
    const known = Object.keys(FORMATS).join(', ');
    throw new SluiceError('SLUICE_UNKNOWN_NAME', `unknown format ${output}; known: ${known}`);
  }
  return {
    policies: textsOf(options['policy']),
    format,
    namespace: textOf(options['namespace'], ''),
    userInfo: {
      username: textOf(options['as'], 'sluice-check'),
      groups: textsOf(options['asGroup'] ?? ['system:authenticated']),
    },
    now: instantOf(options['now']),
    exceptions: {
      systemNamespace: textOf(options['sluiceNamespace'], 'sluice-system'),
      exceptionNamespaces: textOf(options['exceptionNamespaces'], '')
        .split(',')
        .map((name) => name.trim()),
      assumeApproved: options['assumeApproved'] === true,
    },
    isStrict: options['strict'] === true,
  };
}

/** One more value of an option that may be given several times. */
function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** Namespaces and parameters may stand beside the policies, too; only manifests are subjects. */
function withParams(manifests: Manifests, sources: Manifests): CheckInputs {
  return { subjects: manifests.objects, known: [...manifests.objects, ...sources.objects] };
}

function reportProblems(problems: readonly InputProblem[], { stderr }: CliContext): void {
  for (const problem of problems) stderr.write(`error: ${problemLine(problem)}\n`);
}

function note(
  { unbound, unknownNamespaces, idleExceptions }: CheckReport,
  passedOver: readonly InputProblem[],
  { stderr }: CliContext,
): void {
  for (const line of idleExceptions) stderr.write(`note: ${line}\n`);
  for (const each of passedOver) stderr.write(`note: ${problemLine(each)} and is passed over\n`);
  for (const name of unbound) {
    stderr.write(`note: policy ${name} has no binding and is applied with Deny\n`);
  }
  for (const name of unknownNamespaces) {
    stderr.write(
      `note: namespace ${name} is not among the manifests; selectors on its labels do not match\n`,
    );
  }
}

function exitCode(
  report: CheckReport,
  { isBroken, isStrict }: { readonly isBroken: boolean; readonly isStrict: boolean },
): ExitCode {
  if (isBroken) return 2;
  const { denied, warned } = summaryOf(report);
  return denied > 0 || (isStrict && warned > 0) ? 1 : 0;
}
