import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Makes the files of the container image in a folder by the Dockerfile's own steps.
 * @returns the program to start
 */
export function buildImage(folder: string): string {
  const target = join(folder, 'image');
  const script = new URL('../../scripts/image.ts', import.meta.url).pathname;
  const result = spawnSync(process.execPath, [script, '--output', target], { encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`scripts/image.ts failed:\n${result.stdout}${result.stderr}`);
  return join(target, 'dist', 'main.js');
}
