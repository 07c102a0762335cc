import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { referencePages } from '../../../scripts/generate/reference.ts';

it('the generated reference pages say what the code says', async () => {
  for (const { file, text } of await referencePages()) {
    const path = new URL(`../../../${file}`, import.meta.url).pathname;
    const wanted = await format(text, { ...(await resolveConfig(path)), filepath: path });
    expect(readFileSync(path, 'utf8'), `${file}: run npm run generate`).toBe(wanted);
  }
});
