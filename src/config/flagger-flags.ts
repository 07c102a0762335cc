import { SluiceError } from '../domain/errors.ts';
import type { FlagTexts } from './load-config.ts';
import { flagOf } from './option.ts';
import type { OptionKey } from './options.ts';

/** A flag of Flagger (1.44, `cmd/flagger`) that is no option of Sluice, and what becomes of it. */
export type FlaggerFlag =
  /** Another name of an option. */
  | { readonly alias: OptionKey }
  /** Accepted and without effect. */
  | { readonly ignored: string }
  /** Not accepted. */
  | { readonly refused: string };

/**
 * The flags of Flagger that Sluice has no option for, by camelCase key. What changes nothing that users can see is
 * accepted with a warning, so that the arguments of a Flagger Deployment can be kept; what would have to change
 * behaviour is refused.
 */
export const FLAGGER_FLAGS: Readonly<Record<string, FlaggerFlag>> = {
  port: { alias: 'httpPort' },
  controlLoopInterval: { ignored: 'changes are seen when they happen, not by polling' },
  kubeconfigQps: {
    ignored: 'nothing is polled, and the priority and fairness of the API server bounds requests',
  },
  kubeconfigBurst: {
    ignored: 'nothing is polled, and the priority and fairness of the API server bounds requests',
  },
  zapEncoding: { ignored: 'log lines are always JSON' },
  zapReplaceGlobals: { ignored: 'it says how a Go program logs' },
  master: { refused: 'name the API server in the file of --kubeconfig' },
  kubeconfigServiceMesh: { refused: 'routes are written to the cluster of the Canaries' },
};

/**
 * Takes Flagger's own flags out of what was given on the command line.
 * @returns the flags that are options, and a sentence for each that has no effect
 * @throws SluiceError SLUICE_CONFIG for a flag that is refused, or given under both of its names
 */
export function readFlaggerFlags(given: FlagTexts): { flags: FlagTexts; warnings: string[] } {
  const flags: Record<string, string | true | undefined> = Object.fromEntries(
    Object.entries(given).filter(([key]) => !Object.hasOwn(FLAGGER_FLAGS, key)),
  );
  const warnings: string[] = [];
  for (const [key, flag] of Object.entries(FLAGGER_FLAGS)) {
    const text = given[key];
    if (text === undefined) continue;
    if ('refused' in flag) {
      throw new SluiceError('SLUICE_CONFIG', `${flagOf(key)} is not supported: ${flag.refused}`);
    }
    if ('ignored' in flag) warnings.push(`${flagOf(key)} has no effect: ${flag.ignored}`);
    else if (given[flag.alias] === undefined) flags[flag.alias] = text;
    else {
      throw new SluiceError(
        'SLUICE_CONFIG',
        `${flagOf(key)} is another name of ${flagOf(flag.alias)}: give one of them`,
      );
    }
  }
  return { flags, warnings };
}
