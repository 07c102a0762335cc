import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const OPTION = /--max-semi-space-size=\d+/;

test('the image and `npm run sluice` start Node with the same nursery', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const option = OPTION.exec(read('Dockerfile'))?.[0];
  expect(option).toBeDefined();
  expect(OPTION.exec(scripts['sluice'] ?? '')?.[0]).toBe(option);
});
