import { addConfigOptions } from '../config/command-options.ts';
import { loadConfig } from '../config/load-config.ts';
import type { Canary } from '../domain/canary.ts';
import { systemClock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { CliCommand, CliContext, ExitCode } from './command.ts';
import { give, type Given } from './handback/give.ts';
import { withCluster, type CallerCluster } from './verbs/cluster.ts';

const PAGE_SIZE = 500;

/** `sluice handback`: Canaries go on under Flagger. */
export const command: CliCommand = {
  name: 'handback',
  summary: 'Hand Canaries back to Flagger',
  configure: (command) => {
    command
      .argument('[name...]', 'Canaries; all of the namespace when absent')
      .option('-n, --namespace <name>', 'namespace; that of the context when absent')
      .option('-A, --all-namespaces', 'every namespace')
      .option('--dry-run', 'say what would be done, and write nothing');
    addConfigOptions(command, ['selectorLabels', 'kubeconfig', 'context']).addHelpText(
      'after',
      `
Marks each Canary with the annotation sluice.dev/executor=flagger, so that Sluice leaves it alone and admission lets
Flagger write it, and sets its phase to Initializing, so that Flagger takes target and primary as they are: no weight,
replica count or template moves. A Canary is refused while a rollout is under way, and when its target differs from the
primary, for Flagger would take the target for what was promoted. Running it again is fine.

Exit codes: 0 all of them, 1 some were refused, 2 usage.

Example:
  sluice handback -n shop --dry-run
  sluice handback -A
`,
    );
  },
  run: async (args, options, context) => {
    const { selectorLabels } = loadConfig({ flags: flagsOf(options) });
    return withCluster(options, (cluster) =>
      handBack({ ...cluster, signal: context.signal, selectorLabels }, args, options, context),
    );
  },
};

function flagsOf(options: Readonly<Record<string, unknown>>): Record<string, string | undefined> {
  const { selectorLabels } = options as Record<string, string | undefined>;
  return { selectorLabels };
}

interface Cluster extends CallerCluster {
  readonly signal: AbortSignal;
  readonly selectorLabels: readonly string[];
}

async function handBack(
  cluster: Cluster,
  names: readonly string[],
  options: Readonly<Record<string, unknown>>,
  { stdout }: CliContext,
): Promise<ExitCode> {
  const isDryRun = options['dryRun'] === true;
  const canaries = await chosen(cluster, names, options);
  const all: Given[] = [];
  const terms = { isDryRun, now: () => systemClock.now() };
  for (const canary of canaries) {
    const given = await give(cluster, canary, terms);
    stdout.write(`${lineOf(given, isDryRun)}\n`);
    all.push(given);
  }
  stdout.write(closing(all, isDryRun));
  return all.some(({ outcome }) => outcome === 'refused') ? 1 : 0;
}

async function chosen(
  { client, namespace: own, signal }: Cluster,
  names: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<readonly Canary[]> {
  const isEverywhere = options['allNamespaces'] === true;
  if (isEverywhere && names.length > 0) {
    throw new SluiceError('SLUICE_INPUT', 'names are of one namespace: leave --all-namespaces out');
  }
  const namespace = (options['namespace'] as string | undefined) ?? own;
  const { listAll } = await import('../kube/list-all.ts');
  const scope = isEverywhere ? {} : { namespace };
  const { items } = await listAll<Canary>(client, RESOURCES.canaries, {
    ...scope,
    limit: PAGE_SIZE,
    signal,
  });
  const missing = names.filter((name) => !items.some(({ metadata }) => metadata.name === name));
  if (missing.length > 0) {
    throw new SluiceError('SLUICE_INPUT', `no Canary ${missing.join(', ')} in ${namespace}`);
  }
  return names.length === 0 ? items : items.filter(({ metadata }) => names.includes(metadata.name));
}

function lineOf({ namespace, name, outcome, message }: Given, isDryRun: boolean): string {
  const words = {
    'handed back': isDryRun ? 'would be handed back' : 'handed back',
    already: "is Flagger's already",
    refused: 'refused',
  } as const;
  return `${namespace}/${name}: ${words[outcome]}${message === undefined ? '' : `: ${message}`}`;
}

function closing(all: readonly Given[], isDryRun: boolean): string {
  if (all.length === 0) return 'No Canaries found.\n';
  const refused = all.filter(({ outcome }) => outcome === 'refused').length;
  if (isDryRun || refused === all.length) return '';
  return `
${all.length - refused} of ${all.length} Canaries are Flagger's now. Start Flagger: it initialises them anew, with digests of its own.
  kubectl get canaries -A          # each is Initialized within an interval
Sluice may go on beside it for the others, or be uninstalled. To take a Canary back:
  kubectl annotate canary NAME sluice.dev/executor-
`;
}
