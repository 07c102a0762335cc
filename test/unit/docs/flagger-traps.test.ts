import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** The tests that the table names: file and title. */
function namedTests(): { file: string; title: string }[] {
  const page = readFileSync('docs/reference/flagger-traps.md', 'utf8');
  return [...page.matchAll(/\| `(test\/[^`]+)`: (.+) \|$/gm)].map(([, file = '', title = '']) => ({
    file,
    title: title.trim(),
  }));
}

test('each trap names a test', () => {
  const page = readFileSync('docs/reference/flagger-traps.md', 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| ')).length - 1;
  expect(namedTests()).toHaveLength(rows);
});

test.each(namedTests())('$file has the test "$title"', ({ file, title }) => {
  const source = readFileSync(file, 'utf8');
  const quoted = [`'${title}`, `"${title}`, `\`${title}`];
  expect(quoted.some((text) => source.includes(text))).toBe(true);
});
