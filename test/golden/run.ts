/**
 * `npm run test:golden -- [options] [scenario…]`: plays recorded scenarios of Flagger on a real control plane with Sluice
 * in its place, and compares what happened. Runs in the same isolation as the cluster suites.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runIsolated } from '../cluster/isolate.ts';
import { definitionPaths } from './crd-sources.ts';
import { recordedScenarios, sharedFolder } from './recordings.ts';

const INSIDE = new URL('./inside.ts', import.meta.url).pathname;
const MAX_JOBS = 100;
const HELP = `Usage: npm run test:golden -- [options] [scenario…]

Scenarios: those of $SLUICE_SHARED/golden whose provider Sluice has (default: all); a last * stands for any rest.

Options:
  --jobs N   scenarios at a time (default 12)
  --keep     keep the folder with the outputs (out) and the logs
  --source   run Sluice from the checkout's sources instead of from the built image
  --flagger  play the real Flagger instead of Sluice: what differs then differs by chance
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
  options: { jobs: number; keep: boolean; source: boolean; flagger: boolean },
): number {
  const [kit, golden] = [join(sharedFolder(), 'cluster'), join(sharedFolder(), 'golden')];
  if (!existsSync(kit) || !existsSync(golden)) {
    const isNeeded = process.env['CI'] !== undefined;
    console.log('no recorded runs of Flagger; set SLUICE_SHARED to the folder that has golden/');
    console.log(isNeeded ? '0 passed, 1 failed' : '0 passed, 0 failed, 1 skipped');
    return isNeeded ? 1 : 0;
  }
  const scenarios = chosen(recordedScenarios(golden), asked);
  const definitions = definitionPaths(kit, options.flagger);
  const { jobs, flagger } = options;
  return runIsolated(INSIDE, { scenarios, kit, golden, definitions, jobs, flagger }, options);
}

/** @throws Error for a name that no scenario has */
function chosen(known: readonly string[], asked: readonly string[]): readonly string[] {
  const fits = (pattern: string, name: string): boolean =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  const unknown = asked.filter((pattern) => !known.some((name) => fits(pattern, name)));
  if (unknown.length > 0) {
    throw new Error(`unknown scenario ${unknown.join(', ')}; known: ${known.join(', ')}`);
  }
  return known.filter((name) => asked.length === 0 || asked.some((each) => fits(each, name)));
}
