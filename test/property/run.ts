/**
 * `npm run test:property`: 100,000 decisions in this process, and 2,000 through each outer door. `-- --seed N` draws
 * others, `--count N` and `--doors N` fewer or more.
 */
import { parseArgs } from 'node:util';
import { checkDoors } from './doors.ts';
import { checkInProcess, emptyTally, isBalanced, tallyText, type Tally } from './in-process.ts';

/** The part of all draws that each of allow, deny, hold and error must have. */
const SHARE = 0.15;
const BLOCK = 10_000;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100000' },
    doors: { type: 'string', default: '2000' },
  },
});
const [seed, count, doors] = [values.seed, values.count, values.doors].map(Number) as [
  number,
  number,
  number,
];

const tally = emptyTally();
for (let done = 0; done < count; done += BLOCK) {
  add(tally, checkInProcess(seed * 1_000_003 + done, Math.min(BLOCK, count - done)));
}
console.log(`${count} decisions in this process, seed ${seed}: ${tallyText(tally)}`);
const reports = await checkDoors(seed * 1_000_003, doors);
for (const { name, checked, tally: drawn } of reports) {
  console.log(`${checked} by ${name}: ${tallyText(drawn)}`);
}
const overall = reports.at(-1)?.tally ?? emptyTally();
if (!isBalanced(tally, SHARE) || !isBalanced(overall, SHARE)) {
  console.error(`not each of allow, deny, hold and error was drawn in ${SHARE * 100} %`);
  process.exitCode = 1;
} else {
  console.log('every decision was the same, byte for byte');
}

function add(sum: Tally, more: Tally): void {
  for (const verdict of Object.keys(more) as (keyof Tally)[]) sum[verdict] += more[verdict];
}
