import { loadAll } from 'js-yaml';
import { expect, it } from 'vitest';
import { command } from '../../../src/cli/crds.ts';
import { runCommand } from '../../support/cli-context.ts';

async function names(...argv: string[]): Promise<string[]> {
  const { code, stdout } = await runCommand(command, ...argv);
  expect(code).toBe(0);
  return (loadAll(stdout) as { kind: string; metadata: { name: string } }[]).map(
    ({ kind, metadata }) => {
      expect(kind).toBe('CustomResourceDefinition');
      return metadata.name;
    },
  );
}

it('prints our definitions, each a document that kubectl can apply', async () => {
  expect(await names()).toEqual([
    'rolloutpolicies.sluice.dev',
    'rolloutpolicybindings.sluice.dev',
    'rolloutruns.sluice.dev',
    'changewindows.sluice.dev',
    'approvals.sluice.dev',
    'policyexceptions.sluice.dev',
    'rolloutbudgets.sluice.dev',
  ]);
});

it('with --flagger those of Flagger, too', async () => {
  expect(await names('--flagger')).toEqual(
    expect.arrayContaining([
      'changewindows.sluice.dev',
      'approvals.sluice.dev',
      'policyexceptions.sluice.dev',
      'rolloutbudgets.sluice.dev',
      'approvals.sluice.dev',
      'policyexceptions.sluice.dev',
      'rolloutbudgets.sluice.dev',
      'canaries.flagger.app',
      'metrictemplates.flagger.app',
      'alertproviders.flagger.app',
    ]),
  );
});

it('takes no arguments', async () => {
  await expect(async () => runCommand(command, 'x')).rejects.toThrow('crds takes no arguments');
});
