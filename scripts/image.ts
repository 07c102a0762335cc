/**
 * `npm run image -- [--output FOLDER]`: makes the container image's file tree without a container runtime, by the
 * Dockerfile's own steps, starts it as a restricted Pod would, and prints what it holds.
 *
 * Base images are not pulled, so their size is not in the table; see docs/guides/install.md.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { canConfine, serveConfined } from './image/confined.ts';
import { runDockerfile, type Stage } from './image/dockerfile.ts';
import { sizesOf, sizeTable } from './image/sizes.ts';

const context = new URL('..', import.meta.url).pathname;
const { values } = parseArgs({
  options: { output: { type: 'string' }, help: { type: 'boolean' } },
});

if (values.help === true) console.log('usage: npm run image -- [--output FOLDER]');
else await build(values.output);

async function build(output: string | undefined): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-image-'));
  try {
    const image = runDockerfile(context, scratch);
    const files = join(image.root, image.workdir);
    console.log(`starts: sluice ${versionOf(image, files)}`);
    console.log(
      canConfine()
        ? `serves: ${await serveConfined(image, scratch)}`
        : 'serves: not tried, that needs Linux and root',
    );
    console.log(sizeTable(sizesOf(files)));
    if (output === undefined) return;
    rmSync(output, { recursive: true, force: true });
    cpSync(files, output, { recursive: true, verbatimSymlinks: true });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** It must say its version with nothing else around it. */
function versionOf({ entrypoint: [program, ...args] }: Stage, folder: string): string {
  const command = program === 'node' ? process.execPath : String(program);
  const options = { cwd: folder, encoding: 'utf8', env: {} } as const;
  const result = spawnSync(command, [...args, '--version'], options);
  if (result.status !== 0) throw new Error(`the image does not start: ${result.stderr}`);
  return result.stdout.trim();
}
