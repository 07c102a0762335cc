/**
 * `npm run test:fault -- [options] [suite…]`: the controller is killed, stopped, frozen and cut off while it rolls out on
 * a real API server. Runs in the same isolation as the cluster suite.
 */
import { parseArgs } from 'node:util';
import { runIsolated } from '../cluster/isolate.ts';

const SUITES = ['kills', 'failover'];
const INSIDE = new URL('./inside.ts', import.meta.url).pathname;
const MAX_KILLS = 1000;
const HELP = `Usage: npm run test:fault -- [options] [suite…]

Suites: ${SUITES.join(', ')} (default: kills)

Options:
  --kills N  how often the leading controller is killed by the suite kills (default 30)
  --seed S   whole number that the moments are drawn from (default 1)
  --keep     keep the folder with the logs
  --source   run Sluice from the checkout's sources instead of from the built image
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
        kills: { type: 'string', default: '30' },
        seed: { type: 'string', default: '1' },
        keep: { type: 'boolean', default: false },
        source: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      return 0;
    }
    const kills = wholeNumber('--kills', values.kills, 1, MAX_KILLS);
    const seed = wholeNumber('--seed', values.seed, 0, Number.MAX_SAFE_INTEGER);
    const unknown = positionals.filter((suite) => !SUITES.includes(suite));
    if (unknown.length > 0) {
      throw new Error(`unknown suite ${unknown.join(', ')}; known: ${SUITES.join(', ')}`);
    }
    const suites = positionals.length > 0 ? positionals : ['kills'];
    return runIsolated(INSIDE, { suites, kills, seed }, values);
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

/** @throws Error unless the text is a whole number in the range */
function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new Error(`${option} is a whole number from ${least} to ${most}`);
}
