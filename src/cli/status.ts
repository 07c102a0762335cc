import { addConfigOptions } from '../config/command-options.ts';
import { loadConfig } from '../config/load-config.ts';
import { processEnvironment } from '../config/process-environment.ts';
import type { Canary } from '../domain/canary.ts';
import type { ObjectClient } from '../domain/client.ts';
import { systemClock } from '../domain/clock.ts';
import { SluiceError, isClusterError } from '../domain/errors.ts';
import { silentLogger } from '../domain/logger.ts';
import type { KubeObject, ResourceType } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { RolloutRun } from '../domain/run.ts';
import type { CliCommand, CliContext } from './command.ts';
import { formatRows, statusRows, type StatusRow } from './status-rows.ts';

const FORMATS = ['text', 'json', 'yaml'] as const;
type Format = (typeof FORMATS)[number];
const PAGE_SIZE = 500;

/** `sluice status`: one line a Canary, from what the cluster holds now. */
export const command: CliCommand = {
  name: 'status',
  summary: 'Show what runs now, what holds it and until when',
  configure: (command) => {
    command
      .option('-n, --namespace <name>', 'namespace; that of the context when absent')
      .option('-A, --all-namespaces', 'every namespace')
      .option('-o, --output <format>', FORMATS.join(', '), 'text');
    addConfigOptions(command, ['kubeconfig', 'context']).addHelpText(
      'after',
      '\nExample:\n  sluice status -A\n  sluice status -n shop -o json\n',
    );
  },
  run: async (args, options, context) => {
    if (args.length > 0) throw new SluiceError('SLUICE_INPUT', 'status takes no arguments');
    const format = formatOf(options['output']);
    const rows = await readRows(options, context);
    context.stdout.write(await render(rows, format));
    return 0;
  },
};

function formatOf(value: unknown): Format {
  const format = FORMATS.find((known) => known === value);
  if (format !== undefined) return format;
  throw new SluiceError('SLUICE_CONFIG', `--output is not one of: ${FORMATS.join(', ')}`);
}

async function readRows(
  options: Readonly<Record<string, unknown>>,
  context: CliContext,
): Promise<StatusRow[]> {
  const { kubeconfig, context: name } = options as Record<string, string | undefined>;
  const config = loadConfig({ flags: { kubeconfig, context: name } });
  const [{ connectCluster }, { createObjectClient }] = await Promise.all([
    import('../kube/connect.ts'),
    import('../kube/object-client.ts'),
  ]);
  const env = processEnvironment();
  const cluster = await connectCluster({
    ...config,
    env,
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    const client = createObjectClient({ transport: cluster.transport, fieldManager: 'sluice' });
    const namespace =
      options['allNamespaces'] === true
        ? undefined
        : ((options['namespace'] as string | undefined) ?? cluster.namespace);
    const scope = { ...(namespace === undefined ? {} : { namespace }), signal: context.signal };
    const [canaries, runs] = await Promise.all([
      listEvery<Canary>(client, RESOURCES.canaries, scope),
      listEvery<RolloutRun>(client, RESOURCES.rolloutRuns, scope),
    ]);
    return statusRows(canaries, runs);
  } finally {
    cluster.close();
  }
}

async function listEvery<T extends KubeObject>(
  client: ObjectClient,
  type: ResourceType,
  scope: { namespace?: string; signal: AbortSignal },
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

async function render(rows: readonly StatusRow[], format: Format): Promise<string> {
  if (format === 'json') return `${JSON.stringify(rows, undefined, 2)}\n`;
  if (format === 'yaml') return (await import('js-yaml')).dump(rows, { lineWidth: -1 });
  return rows.length === 0 ? 'No Canaries found.\n' : `${formatRows(rows)}\n`;
}
