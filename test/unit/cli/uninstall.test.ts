import { describe, expect, it } from 'vitest';
import { command } from '../../../src/cli/uninstall.ts';
import { runCommand } from '../../support/cli-context.ts';

describe('uninstall', () => {
  it('takes no arguments', async () => {
    await expect(async () => runCommand(command, 'x')).rejects.toThrow(
      'uninstall takes no arguments',
    );
  });

  it.each(['soon', '-1s', '60'])(
    'refuses the time-out %s before it touches a cluster',
    async (timeout) => {
      await expect(async () => runCommand(command, `--timeout=${timeout}`)).rejects.toThrow(
        /--timeout/,
      );
    },
  );

  it('says where a kubeconfig cannot be read', async () => {
    const run = async () => runCommand(command, '--kubeconfig=/nowhere/kubeconfig');
    await expect(run).rejects.toMatchObject({ code: 'SLUICE_CONFIG' });
  });
});
