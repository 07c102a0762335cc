import type { Command } from 'commander';
import { addConfigOptions } from '../../config/command-options.ts';
import { readValue } from '../../config/value.ts';
import type { Approval, ApprovalAction } from '../../domain/approval.ts';
import { systemClock } from '../../domain/clock.ts';
import { ClusterError, SluiceError, type ClusterErrorReason } from '../../domain/errors.ts';
import { RESOURCES } from '../../domain/resources.ts';
import type { CliCommand, CliContext, ExitCode } from '../command.ts';
import { approvalOf, readSaid, type Said } from './approval.ts';
import { withCluster, type CallerCluster } from './cluster.ts';
import { follow } from './follow.ts';
import { Refusal } from './refusal.ts';
import { isDone, renderResult, resultOf, type Format, type Result } from './result.ts';
import { findSubject } from './subject.ts';

/** What distinguishes one verb from the others. */
export interface Verb {
  readonly action: ApprovalAction;
  readonly summary: string;
  /** What it does, below the options in `--help`. */
  readonly text: string;
  /** Command lines, without `sluice`. */
  readonly examples: readonly string[];
  /** Declares options of its own. */
  readonly options?: (command: Command) => void;
  /** What `--expires-in` means; absent: until when it counts. */
  readonly expiry?: string;
}

const FORMATS: readonly Format[] = ['text', 'json', 'yaml'];
const WAIT = { kind: 'duration', default: '5s', roles: [], min: 0, doc: '' } as const;

/** What the API server or admission says no with; anything else is trouble on the way. */
const REFUSALS: ReadonlySet<ClusterErrorReason> = new Set<ClusterErrorReason>([
  'BadRequest',
  'Forbidden',
  'Unauthorized',
  'NotFound',
  'Invalid',
  'Conflict',
  'AlreadyExists',
]);

/** A verb of `sluice` that makes an Approval as the calling user and says what came of it. */
export function verbCommand(verb: Verb): CliCommand {
  const name = verb.action.toLowerCase();
  return {
    name,
    summary: verb.summary,
    configure: (command) => {
      configure(command, verb);
    },
    run: async (args, options, context) => {
      const asked = read(verb, args, options);
      try {
        return await withCluster(options, (cluster) => say(verb, asked, cluster, context));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        context.stderr.write(`error: ${error.message}\n`);
        return 1;
      }
    },
  };
}

function configure(command: Command, verb: Verb): void {
  const subjects =
    verb.action === 'Approve' || verb.action === 'Reject' ? ', or policyexception/NAME' : '';
  command
    .argument(
      '<subject>',
      `a Canary, a run (as canary/NAME or run/NAME where both exist)${subjects}`,
    )
    .option('-n, --namespace <name>', 'namespace; that of the context when absent')
    .option('--comment <text>', 'why; kept with the Approval')
    .option('--ticket <text>', 'reference to a record elsewhere')
    .option('--expires-in <duration>', verb.expiry ?? 'how long it may be acted upon');
  verb.options?.(command);
  command
    .option('--wait <duration>', 'how long to wait for its effect; 0s: not at all', WAIT.default)
    .option('--dry-run', 'let the API server and Sluice check it, and keep nothing')
    .option('-o, --output <format>', FORMATS.join(', '), 'text');
  const examples = verb.examples.map((example) => `  sluice ${example}\n`).join('');
  addConfigOptions(command, ['kubeconfig', 'context']).addHelpText(
    'after',
    `\n${verb.text}\n\nExit codes: 0 done, 1 refused or not done within --wait, 2 usage.\n\nExample:\n${examples}`,
  );
}

/** What the command line asks for. */
interface Asked {
  readonly subject: string;
  readonly said: Said;
  readonly format: Format;
  readonly waitMs: number;
  readonly isDryRun: boolean;
  readonly namespace: string | undefined;
}

function read(
  verb: Verb,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Asked {
  const [subject, ...rest] = args;
  if (subject === undefined || rest.length > 0) {
    throw new SluiceError('SLUICE_INPUT', `${verb.action.toLowerCase()} takes one Canary or run`);
  }
  const format = FORMATS.find((known) => known === options['output']);
  if (format === undefined) {
    throw new SluiceError('SLUICE_CONFIG', `--output is not one of: ${FORMATS.join(', ')}`);
  }
  return {
    subject,
    said: readSaid(options),
    format,
    waitMs: Number(readValue(WAIT, String(options['wait']), '--wait')),
    isDryRun: options['dryRun'] === true,
    namespace: options['namespace'] as string | undefined,
  };
}

async function say(
  { action }: Verb,
  asked: Asked,
  { client, namespace: own }: CallerCluster,
  context: CliContext,
): Promise<ExitCode> {
  const { signal } = context;
  const namespace = asked.namespace ?? own;
  const subject = await findSubject(asked.subject, action, { client, namespace, signal });
  const wanted = approvalOf(action, subject, asked.said, systemClock.now());
  const { isDryRun, waitMs, format } = asked;
  const made = await client.create<Approval>(RESOURCES.approvals, wanted, {
    signal,
    dryRun: isDryRun,
  });
  const waits = !isDryRun && waitMs > 0;
  const following = { client, clock: systemClock, signal };
  const effect = waits ? await follow(following, made, subject, waitMs) : {};
  const result: Result = resultOf(made, effect, { isDryRun, waits });
  context.stdout.write(await renderResult(result, format));
  return isDone(result) ? 0 : 1;
}

function isRefusal(error: unknown): error is Error {
  if (error instanceof Refusal) return true;
  return error instanceof ClusterError && REFUSALS.has(error.reason);
}
