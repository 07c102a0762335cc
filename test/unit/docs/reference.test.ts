import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { referencePages } from '../../../scripts/generate/reference.ts';

it('the generated reference pages say what the code says', async () => {
  for (const { file, text } of await referencePages()) {
    const page = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
    expect(page, `${file}: run npm run generate`).toBe(text);
  }
});
