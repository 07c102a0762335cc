/**
 * `npm run test:golden -- [options] [scenario…]`: plays recorded scenarios of Flagger on a real control plane with Sluice
 * in its place, and compares what happened. Runs in the same isolation as the cluster suites.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runIsolated } from '../cluster/isolate.ts';
import { definitionPaths } from './crd-sources.ts';
import { OWN_RECORDINGS, recordedScenarios, sharedFolder, type Recorded } from './recordings.ts';
import ownScenarios from './scenarios.ts';

const INSIDE = new URL('./inside.ts', import.meta.url).pathname;
const MAX_JOBS = 100;
const HELP = `Usage: npm run test:golden -- [options] [scenario…]

Scenarios: those of $SLUICE_SHARED/golden whose provider Sluice has, and those of test/golden/recorded (default: all);
a last * stands for any rest.

Options:
  --jobs N   scenarios at a time (default 12)
  --keep     keep the folder with the outputs (out) and the logs
  --source   run Sluice from the checkout's sources instead of from the built image
  --flagger  play the real Flagger instead of Sluice: what differs then differs by chance
  --record   play the scenarios of test/golden/scenarios.ts with the real Flagger, and keep what it does as recorded
  --help     print this text

Needs what npm run test:cluster needs.
`;

process.exitCode = main(process.argv.slice(2));

function main(args: string[]): number {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        jobs: { type: 'string', default: '12' },
        keep: { type: 'boolean', default: false },
        source: { type: 'boolean', default: false },
        flagger: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    const jobs = Number(values.jobs);
    if (!(Number.isInteger(jobs) && jobs >= 1 && jobs <= MAX_JOBS)) {
      throw new Error(`--jobs is not a whole number from 1 to ${MAX_JOBS}`);
    }
    return play(positionals, { ...values, jobs });
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

function play(
  asked: readonly string[],
  options: { jobs: number; keep: boolean; source: boolean; flagger: boolean; record: boolean },
): number {
  const kit = join(sharedFolder(), 'cluster');
  if (!existsSync(kit) || !existsSync(join(sharedFolder(), 'golden'))) {
    const isNeeded = process.env['CI'] !== undefined;
    console.log('no recorded runs of Flagger; set SLUICE_SHARED to the folder that has golden/');
    console.log(isNeeded ? '0 passed, 1 failed' : '0 passed, 0 failed, 1 skipped');
    return isNeeded ? 1 : 0;
  }
  const flagger = options.flagger || options.record;
  const scenarios = chosen(options.record ? unrecorded() : recordedScenarios(), asked);
  const definitions = definitionPaths(kit, flagger);
  const record = options.record ? { record: OWN_RECORDINGS } : {};
  const input = { scenarios, kit, definitions, jobs: options.jobs, flagger, ...record };
  // With Flagger no program of ours runs.
  return runIsolated(INSIDE, input, { ...options, flagger, source: options.source || flagger });
}

function unrecorded(): Recorded[] {
  return ownScenarios.map(({ name }) => ({ name, folder: join(OWN_RECORDINGS, name) }));
}

/** @throws Error for a name that no scenario has */
function chosen(known: readonly Recorded[], asked: readonly string[]): readonly Recorded[] {
  const fits = (pattern: string, name: string): boolean =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  const unknown = asked.filter((pattern) => !known.some(({ name }) => fits(pattern, name)));
  if (unknown.length > 0) {
    const names = known.map(({ name }) => name).join(', ');
    throw new Error(`unknown scenario ${unknown.join(', ')}; known: ${names}`);
  }
  return known.filter(({ name }) => asked.length === 0 || asked.some((each) => fits(each, name)));
}
