/** `node test/golden/offline.ts FOLDER`: compares outputs that a run has kept, without a cluster. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { judgeFolder, printVerdict } from './outcome.ts';
import { recordedScenarios, sharedFolder } from './recordings.ts';

const folder = process.argv[2] ?? '';
if (!existsSync(folder)) throw new Error('which folder?');
const golden = join(sharedFolder(), 'golden');
const ran = recordedScenarios(golden).filter((name) => readdirSync(folder).includes(name));
process.exitCode = printVerdict(judgeFolder({ golden, ours: folder, scenarios: ran }));
