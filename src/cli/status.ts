import { addConfigOptions } from '../config/command-options.ts';
import type { Canary } from '../domain/canary.ts';
import type { ObjectClient } from '../domain/client.ts';
import { SluiceError, isClusterError } from '../domain/errors.ts';
import type { KubeObject, ResourceType } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { RolloutPolicy } from '../domain/policy.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { CliCommand, CliContext } from './command.ts';
import { deploymentRows, formatDeploymentRows } from './status-deployments.ts';
import { formatPolicyRows, policyRows } from './status-policies.ts';
import { formatRows, statusRows } from './status-rows.ts';
import { withCluster } from './verbs/cluster.ts';

const FORMATS = ['text', 'json', 'yaml'] as const;
type Format = (typeof FORMATS)[number];
const PAGE_SIZE = 500;

const SUBJECTS = ['canaries', 'deployments', 'policies'] as const;
type StatusSubject = (typeof SUBJECTS)[number];

/** `sluice status`: one line a Canary, a governed Deployment or a policy, from what the cluster holds now. */
export const command: CliCommand = {
  name: 'status',
  summary: 'Show what runs now, what holds it and until when',
  configure: (command) => {
    command
      .argument('[subject]', SUBJECTS.join(', '), 'canaries')
      .option('-n, --namespace <name>', 'namespace; that of the context when absent')
      .option('-A, --all-namespaces', 'every namespace')
      .option('-o, --output <format>', FORMATS.join(', '), 'text');
    addConfigOptions(command, ['kubeconfig', 'context']).addHelpText(
      'after',
      '\nExample:\n  sluice status -A\n  sluice status -n shop -o json\n  sluice status deployments\n  sluice status policies\n',
    );
  },
  run: async (args, options, context) => {
    const subject = subjectOf(args);
    const format = formatOf(options['output']);
    context.stdout.write(await render(await READERS[subject](options, context), format));
    return 0;
  },
};

function formatOf(value: unknown): Format {
  const format = FORMATS.find((known) => known === value);
  if (format !== undefined) return format;
  throw new SluiceError('SLUICE_CONFIG', `--output is not one of: ${FORMATS.join(', ')}`);
}

function subjectOf([name = 'canaries', ...others]: readonly string[]): StatusSubject {
  if (others.length > 0) throw new SluiceError('SLUICE_INPUT', 'status takes one argument');
  const subject = SUBJECTS.find((known) => known === name);
  if (subject !== undefined) return subject;
  const known = SUBJECTS.join(', ');
  throw new SluiceError('SLUICE_UNKNOWN_NAME', `unknown subject ${name}; known: ${known}`);
}

/** What is printed: as data, and as text. */
interface Listing {
  readonly rows: readonly object[];
  readonly text: string;
}

type Options = Readonly<Record<string, unknown>>;

const READERS: Readonly<
  Record<StatusSubject, (options: Options, context: CliContext) => Promise<Listing>>
> = { canaries: readCanaryRows, deployments: readDeploymentRows, policies: readPolicyRows };

function scopeOf(options: Options, own: string, signal: AbortSignal): Scope {
  if (options['allNamespaces'] === true) return { signal };
  return { namespace: (options['namespace'] as string | undefined) ?? own, signal };
}

interface Scope {
  namespace?: string;
  signal: AbortSignal;
}

function readDeploymentRows(options: Options, { signal }: CliContext): Promise<Listing> {
  return withCluster(options, async ({ client, namespace }) => {
    const scope = scopeOf(options, namespace, signal);
    const rows = deploymentRows(await listEvery(client, RESOURCES.rolloutRuns, scope));
    const none = 'No rolling updates of governed Deployments found.';
    return { rows, text: rows.length === 0 ? none : formatDeploymentRows(rows) };
  });
}

function readCanaryRows(options: Options, { signal }: CliContext): Promise<Listing> {
  return withCluster(options, async ({ client, namespace }) => {
    const scope = scopeOf(options, namespace, signal);
    const [canaries, runs] = await Promise.all([
      listEvery<Canary>(client, RESOURCES.canaries, scope),
      listEvery<RolloutRun>(client, RESOURCES.rolloutRuns, scope),
    ]);
    const rows = statusRows(canaries, runs);
    return { rows, text: rows.length === 0 ? 'No Canaries found.' : formatRows(rows) };
  });
}

function readPolicyRows(options: Options, { signal }: CliContext): Promise<Listing> {
  return withCluster(options, async ({ client }) => {
    const policies = await listEvery<RolloutPolicy>(client, RESOURCES.rolloutPolicies, { signal });
    const rows = policyRows(policies);
    return { rows, text: rows.length === 0 ? 'No policies found.' : formatPolicyRows(rows) };
  });
}

async function listEvery<T extends KubeObject>(
  client: ObjectClient,
  type: ResourceType,
  scope: Scope,
): Promise<T[]> {
  const { listAll } = await import('../kube/list-all.ts');
  try {
    return (await listAll<T>(client, type, { ...scope, limit: PAGE_SIZE })).items;
  } catch (error) {
    if (!isClusterError(error, 'NotFound')) throw error;
    throw new SluiceError(
      'SLUICE_MISSING',
      `${type.plural}.${type.group} is not known to this cluster; sluice crds --flagger prints what to apply`,
      { cause: error },
    );
  }
}

async function render({ rows, text }: Listing, format: Format): Promise<string> {
  if (format === 'json') return `${JSON.stringify(rows, undefined, 2)}\n`;
  if (format === 'yaml') return (await import('js-yaml')).dump(rows, { lineWidth: -1 });
  return `${text}\n`;
}
