/** Runs every static check and says, for each, whether it is clean. Exits 1 when one is not. */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';

const STEPS: readonly [name: string, command: string, ...args: string[]][] = [
  ['generated files', 'node', 'scripts/generate.ts', '--check'],
  ['formatting', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['types', 'tsc', '-p', '.'],
  ['lint', 'eslint', '--max-warnings', '0', '.'],
  [
    'imports',
    'depcruise',
    '--config',
    '.dependency-cruiser.js',
    '--exclude',
    'test/support/import-rules',
    'src',
    'test',
  ],
  ['unused code', 'knip', '--no-progress'],
];

let failed = 0;
for (const [name, command, ...args] of STEPS) {
  const started = performance.now();
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const clean = result.status === 0;
  process.stdout.write(`${clean ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)\n`);
  if (!clean) {
    failed += 1;
    process.stdout.write(`${result.stdout}${result.stderr}\n`);
  }
}
failed += reportSuppressions();
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Prints how many checks are switched off in the code, and lists those without a reason (` -- why`). An `any` is one of
 * them: the linter lets none pass without.
 */
function reportSuppressions(): number {
  const unexplained: string[] = [];
  let count = 0;
  for (const file of globSync('{src,test,scripts}/**/*.ts')) {
    if (file.endsWith('scripts/check.ts') || file.includes('import-rules')) continue;
    const code = readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => !/^\s*(\/?\*|\/\/(?! eslint| @ts))/.test(line));
    for (const line of code) {
      const match = /eslint-disable.*|@ts-(?:ignore|expect-error|nocheck).*/.exec(
        line.replace(/'[^']*'|"[^"]*"|`[^`]*`/g, ''),
      );
      if (match === null) continue;
      count += 1;
      if (!/--\s+\S/.test(match[0])) unexplained.push(`${file}: ${match[0].trim()}`);
    }
  }
  process.stdout.write(
    `${unexplained.length === 0 ? 'ok  ' : 'FAIL'} suppressions: ${count}, without a reason: ${unexplained.length}\n`,
  );
  for (const line of unexplained) process.stdout.write(`     ${line}\n`);
  return unexplained.length;
}
