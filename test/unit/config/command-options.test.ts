import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addConfigOptions } from '../../../src/config/command-options.ts';
import { loadConfig } from '../../../src/config/load-config.ts';

function parse(...argv: string[]): ReturnType<typeof loadConfig> {
  const command = addConfigOptions(new Command()).exitOverride();
  command.parse(argv, { from: 'user' });
  return loadConfig({ flags: command.opts(), environment: {} });
}

it('flags that are not given leave the defaults', () => {
  expect(parse()).toEqual(loadConfig({ environment: {} }));
});

it('values come with a space or an equals sign', () => {
  expect(parse('--roles=webhook', '--min-interval', '1m')).toMatchObject({
    roles: ['webhook'],
    minInterval: 60_000,
  });
});

it.each([
  [['--no-cross-namespace-refs'], true],
  [['--no-cross-namespace-refs=true'], true],
  [['--no-cross-namespace-refs=false'], false],
])('%o is a boolean as Go reads it', (argv, expected) => {
  expect(parse(...argv).noCrossNamespaceRefs).toBe(expected);
});

it('a boolean may stand before another flag', () => {
  expect(parse('--enable-leader-election', '--http-port=0')).toMatchObject({
    enableLeaderElection: true,
    httpPort: 0,
  });
});
