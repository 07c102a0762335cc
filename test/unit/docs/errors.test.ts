import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ERROR_CODES } from '../../../src/domain/errors.ts';

it('docs/reference/errors.md has a row for each code, with its meaning', () => {
  const page = readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8');
  const rows = page
    .split('\n')
    .map((line) => /^\| `(\w+)` +\| (.+?) +\|$/.exec(line))
    .filter((match) => match !== null)
    .map(([, code, meaning]) => [code, meaning]);
  expect(rows).toEqual(Object.entries(ERROR_CODES));
});
