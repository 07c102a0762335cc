import { uninstall } from '../admission/uninstall.ts';
import { addConfigOptions } from '../config/command-options.ts';
import { loadConfig } from '../config/load-config.ts';
import { processEnvironment } from '../config/process-environment.ts';
import { readValue } from '../config/value.ts';
import { systemClock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';
import { silentLogger } from '../domain/logger.ts';
import type { CliCommand } from './command.ts';

const TIMEOUT = { kind: 'duration', default: '60s', roles: [], min: 0, doc: '' } as const;

/** `sluice uninstall`: no webhook stays registered that nobody answers. */
export const command: CliCommand = {
  name: 'uninstall',
  summary: 'Stop the webhook and remove its registration, before an uninstallation',
  configure: (command) => {
    command.option(
      '--timeout <duration>',
      'how long the webhook’s pods may take to end',
      TIMEOUT.default,
    );
    addConfigOptions(command, ['sluiceNamespace', 'kubeconfig', 'context']).addHelpText(
      'after',
      `
Scales the Deployment sluice-webhook to 0, removes both webhook configurations, and waits until no pod is left that
could put them back. Policies, runs and Canaries stay, and so does the controller. Running it twice is fine.

Example:
  sluice uninstall && kubectl delete -k manifests/base
`,
    );
  },
  run: async (args, options, context) => {
    if (args.length > 0) throw new SluiceError('SLUICE_INPUT', 'uninstall takes no arguments');
    const { timeout, ...flags } = options as Record<string, string | undefined>;
    const limitMs = Number(readValue(TIMEOUT, timeout ?? TIMEOUT.default, '--timeout'));
    const config = loadConfig({ flags });
    const [{ connectCluster }, { createObjectClient }] = await Promise.all([
      import('../kube/connect.ts'),
      import('../kube/object-client.ts'),
    ]);
    const env = processEnvironment();
    const clock = systemClock;
    const cluster = await connectCluster({ ...config, env, clock, logger: silentLogger });
    try {
      const client = createObjectClient({ transport: cluster.transport, fieldManager: 'sluice' });
      const namespace = config.sluiceNamespace;
      const { signal } = context;
      const pods = await uninstall({ client, clock, namespace, limitMs, signal });
      context.stdout.write(
        `the webhook is gone (${pods} pods ended); nothing is reviewed any more\n`,
      );
    } finally {
      cluster.close();
    }
    return 0;
  },
};
