import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Canary, CanarySpec } from '../../src/domain/canary.ts';
import type { KubeObject } from '../../src/domain/object.ts';

/** One thing that a recorded scenario does; see golden.mjs of the kit. */
export interface GoldenStep {
  readonly apply?: readonly KubeObject[];
  readonly image?: string;
  readonly kind?: string;
  readonly patch?: KubeObject & { spec?: Partial<CanarySpec> };
  readonly sub?: string;
  readonly rules?: StubRules;
  readonly sleep?: number;
  readonly until?: string;
  readonly spawn?: readonly string[];
  readonly delete?: KubeObject;
}

export interface StubRules {
  readonly metrics?: readonly { readonly match: string; readonly value: number | null | 'error' }[];
  readonly hooks?: Readonly<Record<string, number>>;
}

/** What Flagger did in one scenario, as it was recorded. */
export interface Golden {
  readonly name: string;
  readonly hooks: Readonly<Record<string, number>>;
  readonly steps: readonly GoldenStep[];
  /** Distinct statuses, as `Progressing weight=10 iterations=0 failedChecks=0 promoted=Unknown/Progressing`. */
  readonly status: readonly string[];
  /** Hook calls and queries of the analysis, in order; queries once each. */
  readonly analysis: readonly string[];
  /** What the event webhook was told, in order. */
  readonly events: readonly string[];
}

/** Where the recorded runs are: `$SLUICE_SHARED/golden`, else beside the checkout. */
export const GOLDEN_FOLDER = join(process.env['SLUICE_SHARED'] ?? '../shared', 'golden');

/** Further runs of the real Flagger, recorded with scenarios of our own. */
export const OWN_FOLDER = 'test/golden/recorded';

/** Names of the recorded scenarios; none where the folder is absent. */
export function goldenNames(folder = GOLDEN_FOLDER): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/**
 * Reads one recorded scenario.
 * @param namespace stands in for the one in which it was recorded
 */
export function readGolden(name: string, namespace: string, folder = GOLDEN_FOLDER): Golden {
  const read = (file: string): string =>
    readFileSync(join(folder, name, file), 'utf8')
      .replaceAll('$NS', namespace)
      .replaceAll(`g-${name}`, namespace)
      .replaceAll(`http://127.0.0.1:19091/${namespace}`, 'http://stub');
  const scenario = JSON.parse(
    read('scenario.json')
      .replaceAll(/"(metricsServer|address)": "\$STUB"/g, '"$1": "http://prometheus"')
      .replaceAll('$STUB', 'http://stub'),
  ) as { hooks?: Golden['hooks']; steps: Golden['steps'] };
  const calls = read('calls.txt').split('\n');
  const events = calls.indexOf('# event webhook');
  const end = calls.findIndex((line, i) => i > events && line.startsWith('# '));
  return {
    name,
    hooks: scenario.hooks ?? {},
    steps: scenario.steps,
    status: lines(read('status.txt').split('\n')).filter((line) => !line.startsWith('- ')),
    analysis: lines(calls.slice(1, events)),
    events: lines(calls.slice(events + 1, end < 0 ? undefined : end)),
  };
}

function lines(all: readonly string[]): string[] {
  return all.filter((line) => line !== '');
}

/** The line that golden.mjs writes for a status. */
export function statusLine({ status }: Canary): string {
  const promoted = status?.conditions?.find(({ type }) => type === 'Promoted');
  const condition = promoted === undefined ? '-' : `${promoted.status}/${promoted.reason}`;
  return (
    `${status?.phase ?? '-'} weight=${status?.canaryWeight ?? 0} iterations=${status?.iterations ?? 0} ` +
    `failedChecks=${status?.failedChecks ?? 0} promoted=${condition}`
  );
}
