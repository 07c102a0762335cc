import { addConfigOptions, addFlaggerFlags } from '../config/command-options.ts';
import { readFlaggerFlags } from '../config/flagger-flags.ts';
import { loadConfig, type FlagTexts } from '../config/load-config.ts';
import { printConfig } from '../config/print-config.ts';
import { SluiceError } from '../domain/errors.ts';
import { whenAborted } from '../lib/abort.ts';
import type { CliCommand } from './command.ts';

/** `sluice serve`: runs the roles of one process until it is told to stop. */
export const command: CliCommand = {
  name: 'serve',
  summary: 'Run the admission webhook and the rollout controller in a cluster',
  configure: (command) => {
    command
      .option(
        '--config <file>',
        'YAML file with the same settings; flags and environment win over it',
      )
      .option(
        '--print-config',
        'print the resulting configuration as such a file, and start nothing',
      );
    addFlaggerFlags(addConfigOptions(command)).addHelpText(
      'after',
      `
Every option can also be set by an environment variable: --min-interval is SLUICE_MIN_INTERVAL.
Flags that only Flagger has are accepted with a warning, or refused with a reason.

Examples:
  sluice serve --roles=webhook
  sluice serve --roles=controller --metrics-server=http://prometheus.monitoring:9090
  sluice serve --config sluice.yaml --print-config
`,
    );
  },
  run: async (args, options, context) => {
    if (args.length > 0) throw new SluiceError('SLUICE_INPUT', 'serve takes no arguments');
    const { config: file, printConfig: printOnly, ...given } = options;
    const { flags, warnings } = readFlaggerFlags(given as FlagTexts);
    const config = loadConfig({ flags, file: file as string | undefined });
    for (const warning of warnings) context.stderr.write(`warning: ${warning}\n`);
    if (printOnly === true) {
      context.stdout.write(printConfig(config));
      return 0;
    }
    const { createApp } = await import('../app.ts');
    const app = createApp(config);
    try {
      await app.start(context.signal);
      await whenAborted(context.signal);
    } catch (error) {
      if (!context.signal.aborted) throw error;
    } finally {
      await app.stop();
    }
    return 0;
  },
};
