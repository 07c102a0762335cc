/**
 * `npm run test:cluster -- [suite…]`: the behaviours of the sandbox on a real control plane. Everything runs in
 * namespaces of its own (network, mounts, processes), so fixed addresses never collide and nothing is left behind.
 */
import { runIsolated } from './isolate.ts';

const SUITES = [
  'contract',
  'story',
  'ship',
  'tls',
  'approvals',
  'governance',
  'vap',
  'scan',
  'bypass',
  'strategies',
  'takeover',
];
const INSIDE = new URL('./inside.ts', import.meta.url).pathname;
const HELP = `Usage: npm run test:cluster -- [options] [suite…]

Suites: ${SUITES.join(', ')} (default: all)

Options:
  --keep     keep the folder with the logs
  --source   run Sluice from the checkout's sources instead of from the built image
  --help     print this text

Needs Linux, root, go, openssl, ip, kubectl, pip and Debian's prometheus. The control plane is built once into
$SLUICE_CACHE (default ~/.cache/sluice).
`;

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  if (args.includes('--help')) {
    console.log(HELP);
    return 0;
  }
  const suites = args.filter((arg) => !arg.startsWith('--'));
  const unknown = suites.filter((suite) => !SUITES.includes(suite));
  if (unknown.length > 0) {
    console.error(`error: unknown suite ${unknown.join(', ')}; known: ${SUITES.join(', ')}`);
    return 2;
  }
  // The contract needs no image of Sluice.
  const isSource = args.includes('--source') || suites.join(',') === 'contract';
  const chosen = suites.length > 0 ? suites : SUITES;
  return runIsolated(
    INSIDE,
    { suites: chosen },
    {
      keep: args.includes('--keep'),
      source: isSource,
      helm: chosen.includes('ship'),
      flagger: chosen.includes('takeover'),
      contour: chosen.includes('strategies'),
    },
  );
}
