/** `node test/golden/offline.ts FOLDER`: compares outputs that a run has kept, without a cluster. */
import { existsSync, readdirSync } from 'node:fs';
import { judgeFolder, printVerdict } from './outcome.ts';
import { recordedScenarios } from './recordings.ts';

const folder = process.argv[2] ?? '';
if (!existsSync(folder)) throw new Error('which folder?');
const names = readdirSync(folder);
const played = recordedScenarios().filter(({ name }) => names.includes(name));
process.exitCode = printVerdict(judgeFolder(played, folder));
