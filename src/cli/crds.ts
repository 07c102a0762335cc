import { readFileSync } from 'node:fs';
import { SluiceError } from '../domain/errors.ts';
import type { CliCommand } from './command.ts';

const FOLDER = new URL('../../manifests/crds/', import.meta.url);

/** `sluice crds`: the CustomResourceDefinitions as YAML, for `kubectl apply -f -`. */
export const command: CliCommand = {
  name: 'crds',
  summary: 'Print the definitions of our kinds, and of Flagger’s',
  configure: (command) => {
    command
      .option('--flagger', 'also print those of flagger.app, for a cluster without Flagger')
      .addHelpText(
        'after',
        '\nExample:\n  sluice crds --flagger | kubectl apply --server-side -f -\n',
      );
  },
  run: (args, options, context) => {
    if (args.length > 0) throw new SluiceError('SLUICE_INPUT', 'crds takes no arguments');
    const files = ['sluice.yaml', ...(options['flagger'] === true ? ['flagger.yaml'] : [])];
    const documents = files.map((file) => readFileSync(new URL(file, FOLDER), 'utf8').trimEnd());
    context.stdout.write(`${documents.join('\n---\n')}\n`);
    return Promise.resolve(0);
  },
};
