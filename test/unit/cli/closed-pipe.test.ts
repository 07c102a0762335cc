import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';

const MAIN = new URL('../../../src/main.ts', import.meta.url).pathname;

it('ends in silence when its reader goes away', async () => {
  const child = spawn(process.execPath, [MAIN, 'crds', '--flagger']);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stdout.destroy();
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  expect({ code, said }).toEqual({ code: 0, said: '' });
});
