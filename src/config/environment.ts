import { SluiceError } from '../domain/errors.ts';
import { environmentNameOf, type OptionSpec } from './option.ts';
import { OPTION_KEYS, OPTIONS, type OptionKey } from './options.ts';

/** Variables that start with our prefix and belong to the project's own tools. */
const TOOLS: ReadonlySet<string> = new Set(['SLUICE_CACHE', 'SLUICE_SHARED']);
/**
 * Kubernetes gives every container variables for the Services of its namespace (`SLUICE_WEBHOOK_SERVICE_HOST`,
 * `SLUICE_WEBHOOK_PORT=tcp://…`). They are not settings, and one even has the name of an option.
 */
const SERVICE_LINK_NAME = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_\w+)?)$/;
const SERVICE_LINK_VALUE = /^(tcp|udp|sctp):\/\//;

/**
 * Picks the options out of an environment.
 * @returns each option's text
 * @throws SluiceError SLUICE_CONFIG for a `SLUICE_…` variable that no option has
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Map<OptionKey, string> {
  const known = new Map(OPTION_KEYS.map((key) => [environmentNameOf(key), key]));
  const values = flaggersVariables(environment);
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('SLUICE_') || value === undefined || TOOLS.has(name)) continue;
    if (SERVICE_LINK_NAME.test(name) || SERVICE_LINK_VALUE.test(value)) continue;
    const key = known.get(name);
    if (key === undefined) {
      throw new SluiceError(
        'SLUICE_CONFIG',
        `unknown environment variable ${name}; known: ${[...known.keys()].join(', ')}`,
      );
    }
    values.set(key, value);
  }
  return values;
}

/** Options that Flagger reads from variables of its own, under those names; an empty one counts as unset, as there. */
function flaggersVariables(
  environment: Readonly<Record<string, string | undefined>>,
): Map<OptionKey, string> {
  const values = new Map<OptionKey, string>();
  for (const key of OPTION_KEYS) {
    const { variable }: OptionSpec = OPTIONS[key];
    const value = variable === undefined ? undefined : environment[variable];
    if (value !== undefined && value !== '') values.set(key, value);
  }
  return values;
}
