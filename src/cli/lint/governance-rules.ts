import { OPTIONS } from '../../config/options.ts';
import { SluiceError } from '../../domain/errors.ts';
import { parseGoDuration } from '../../lib/duration.ts';

/** What the cluster that the files are for allows of exceptions: options of `sluice serve`. */
export interface GovernanceRules {
  /** How far ahead an exception may expire, milliseconds. */
  readonly maxExceptionMs: number;
  /** The same for an emergency. */
  readonly maxEmergencyMs: number;
  /** How long an emergency may go without review, milliseconds. */
  readonly reviewWithinMs: number;
  /** Exceptions in this namespace reach everything. */
  readonly systemNamespace: string;
  /** Others whose exceptions count; `*`: all. */
  readonly exceptionNamespaces: readonly string[];
}

/**
 * The rules that the options of a command line give; what they leave out is as in `sluice serve`.
 * @throws SluiceError SLUICE_INPUT for a duration that is none
 */
export function governanceRulesOf(options: Readonly<Record<string, unknown>>): GovernanceRules {
  const { maxException, maxEmergency, emergencyReviewWithin } = OPTIONS;
  const namespaces = textOf(options['exceptionNamespaces'], '');
  return {
    maxExceptionMs: durationOf('--max-exception', options['maxException'], maxException.default),
    maxEmergencyMs: durationOf('--max-emergency', options['maxEmergency'], maxEmergency.default),
    reviewWithinMs: durationOf(
      '--emergency-review-within',
      options['emergencyReviewWithin'],
      emergencyReviewWithin.default,
    ),
    systemNamespace: textOf(options['sluiceNamespace'], 'sluice-system'),
    exceptionNamespaces: namespaces.split(',').map((name) => name.trim()),
  };
}

function durationOf(name: string, value: unknown, otherwise: string): number {
  const ms = parseGoDuration(textOf(value, otherwise));
  if (ms !== undefined && ms > 0) return ms;
  throw new SluiceError('SLUICE_INPUT', `${name} must be a duration such as 24h`);
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
