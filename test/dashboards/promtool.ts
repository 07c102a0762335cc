import { spawnSync } from 'node:child_process';

/**
 * Runs Debian's promtool.
 * @param input standard input
 * @returns what it printed, both streams
 */
export function promtool(
  args: readonly string[],
  input = '',
): { readonly code: number; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, {
    encoding: 'utf8',
    input,
    maxBuffer: 1 << 26,
  });
  if (error !== undefined) throw error;
  return { code: status ?? 1, output: `${stdout}${stderr}`.trim() };
}

/** What `promtool check metrics` may say, and why it stays so. */
const ACCEPTED: Readonly<Record<string, string>> = {
  flagger_canary_total: 'Flagger’s name of a gauge: existing dashboards ask for it',
  nodejs_active_handles_total: 'a gauge of prom-client',
  nodejs_active_requests_total: 'a gauge of prom-client',
  nodejs_active_resources_total: 'a gauge of prom-client',
};

/**
 * What promtool says against expositions, beside what is accepted.
 * @returns complaints, and accepted names against which it says nothing
 */
export function metricComplaints(expositions: readonly string[]): {
  readonly complaints: readonly string[];
  readonly unused: readonly string[];
} {
  const lines = expositions
    .flatMap((text) => promtool(['check', 'metrics'], text).output.split('\n'))
    .filter((line) => line !== '');
  const nameIn = (line: string): string => line.split(' ')[0] ?? '';
  const said = new Set(lines.map(nameIn));
  return {
    complaints: lines.filter((line) => !(nameIn(line) in ACCEPTED)),
    unused: Object.keys(ACCEPTED).filter((name) => !said.has(name)),
  };
}
