import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addConfigOptions, addFlaggerFlags } from '../../../src/config/command-options.ts';
import { FLAGGER_FLAGS, readFlaggerFlags } from '../../../src/config/flagger-flags.ts';
import { flagOf } from '../../../src/config/option.ts';
import { OPTION_KEYS } from '../../../src/config/options.ts';

/** All flags of Flagger 1.44 (`flagger -help`) but `-version`, which is `sluice --version`. */
const FLAGS =
  `cluster-name control-loop-interval enable-config-tracking enable-leader-election event-webhook
include-label-prefix ingress-annotations-prefix ingress-class kubeconfig kubeconfig-burst kubeconfig-qps
kubeconfig-service-mesh leader-election-namespace log-level master mesh-provider metrics-server msteams-proxy-url
msteams-url namespace no-cross-namespace-refs port selector-labels slack-channel slack-proxy-url slack-token slack-url
slack-user threadiness zap-encoding zap-replace-globals`.split(/\s+/);

function parse(...argv: string[]): ReturnType<typeof readFlaggerFlags> {
  const command = addFlaggerFlags(addConfigOptions(new Command())).exitOverride();
  command.parse(argv, { from: 'user' });
  return readFlaggerFlags(command.opts());
}

it('every flag of Flagger is an option or says what becomes of it', () => {
  const known = new Set([...OPTION_KEYS, ...Object.keys(FLAGGER_FLAGS)].map(flagOf));
  expect(FLAGS.filter((flag) => !known.has(`--${flag}`))).toEqual([]);
});

it('a flag with another name here is that option', () => {
  expect(parse('--port=8081')).toEqual({ flags: { httpPort: '8081' }, warnings: [] });
});

it('a flag without effect is a warning that says why', () => {
  expect(
    parse('--control-loop-interval', '2s', '--zap-replace-globals', '--threadiness=3'),
  ).toEqual({
    flags: { threadiness: '3' },
    warnings: [
      '--control-loop-interval has no effect: changes are seen when they happen, not by polling',
      '--zap-replace-globals has no effect: it says how a Go program logs',
    ],
  });
});

it.each([
  [['--master=https://x'], '--master is not supported: name the API server in the file of'],
  [['--kubeconfig-service-mesh=x'], '--kubeconfig-service-mesh is not supported: routes are'],
  [['--port=1', '--http-port=2'], '--port is another name of --http-port: give one of them'],
])('%o is refused', (argv, message) => {
  expect(() => parse(...argv)).toThrow(message);
});
