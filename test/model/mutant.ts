import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Guard } from './guards.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Copies the sources and the model, without one guard.
 * @returns the copy's folder
 * @throws Error when the guard's text does not occur exactly once: then the guard is to be looked at again
 */
export function mutantOf({ name, file, find, replace }: Guard): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const count = text.split(find).length - 1;
  if (count !== 1)
    throw new Error(`the text of the guard “${name}” occurs ${count} times in ${file}`);
  const folder = mkdtempSync(join(tmpdir(), 'sluice-model-'));
  for (const path of ['src', 'test/model', 'package.json']) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(
    join(folder, file),
    text.replace(find, () => replace),
  );
  return folder;
}

/** Takes the copy away. */
export function dropMutant(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
