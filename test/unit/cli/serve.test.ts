import { expect, it } from 'vitest';
import { command } from '../../../src/cli/serve.ts';
import { runCommand } from '../../support/cli-context.ts';

it('--print-config prints what would be used and starts nothing', async () => {
  const { code, stdout } = await runCommand(
    command,
    '--print-config',
    '--roles=controller',
    '--min-interval=90s',
  );
  expect(code).toBe(0);
  expect(stdout).toContain('kind: Config\nroles:\n  - controller\n');
  expect(stdout).toContain('minInterval: 1m30s\n');
});

it.each([
  [['--min-interval=soon'], '--min-interval is not a duration'],
  [['--config=/nowhere.yaml'], '--config /nowhere.yaml does not exist'],
  [['--roles=dashboard'], 'role dashboard is not part of this version'],
  [['--roles=gates'], 'the role gates needs --gate-key-file'],
  [['stray'], 'serve takes no arguments'],
])('%o is refused', async (argv, message) => {
  await expect(runCommand(command, ...argv)).rejects.toThrow(message);
});
