import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CANARY_ATTEMPTS, OBJECT_ATTEMPTS } from '../../cluster/bypass-attempts.ts';
import { COVERAGE_ATTEMPTS } from '../../cluster/bypass-coverage.ts';
import { BYPASSES, bypassTable } from '../../cluster/bypass-table.ts';

it('the page about bypasses has the table that the cluster suite tries', () => {
  const page = new URL('../../../docs/reference/bypass.md', import.meta.url);
  expect(readFileSync(page, 'utf8')).toContain(bypassTable());
});

it('every row is tried, and nothing else', () => {
  const tried = Object.keys({ ...CANARY_ATTEMPTS, ...OBJECT_ATTEMPTS, ...COVERAGE_ATTEMPTS });
  expect(tried.sort()).toEqual(BYPASSES.map(({ id }) => id).sort());
});
