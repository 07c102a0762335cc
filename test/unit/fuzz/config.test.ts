import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addConfigOptions } from '../../../src/config/command-options.ts';
import { readConfigFile } from '../../../src/config/file.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { environmentNameOf, flagOf } from '../../../src/config/option.ts';
import { OPTIONS, OPTION_KEYS, type OptionKey } from '../../../src/config/options.ts';
import { SluiceError } from '../../../src/domain/errors.ts';
import { BOUNDS, anyJson, brokenText } from './arbitraries.ts';

/** Runs what may only succeed, or fail with a named error of the configuration. */
function accepted(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(SluiceError);
    const { code, message } = error as SluiceError;
    expect(['SLUICE_CONFIG', 'SLUICE_UNKNOWN_NAME', 'SLUICE_UNSUPPORTED']).toContain(code);
    expect(message).not.toBe('');
  }
}

const FILE = `apiVersion: sluice.dev/v1alpha1
kind: Config
minInterval: 30s
selectorLabels: [app, app.kubernetes.io/name]
roles: webhook,controller
${OPTION_KEYS.slice(0, 12)
  .map((key) => `${key}: ${JSON.stringify(OPTIONS[key].default)}`)
  .join('\n')}
`;
const value = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '-1',
    '0',
    '1e9',
    'NaN',
    '30s',
    '-5m',
    '1h1',
    'true',
    'yes',
    'webhook',
    'webhook,,x',
    'http://',
    'https://a b',
    ':0',
    '__proto__',
    '٣',
    '9'.repeat(400),
  ),
  fc.string({ maxLength: 20 }),
);
const key = fc.constantFrom(...OPTION_KEYS);

describe('whatever the configuration holds', () => {
  it('files are read, or refused', () => {
    fc.assert(
      fc.property(brokenText([FILE]), (text) => {
        accepted(() => readConfigFile(text, 'f'));
      }),
      { ...BOUNDS, numRuns: 2000 },
    );
    const members = fc.dictionary(fc.oneof(key, fc.string()), anyJson, { maxKeys: 5 });
    fc.assert(
      fc.property(members, (document) => {
        const text = JSON.stringify({
          apiVersion: 'sluice.dev/v1alpha1',
          kind: 'Config',
          ...document,
        });
        accepted(() => readConfigFile(text, 'f'));
      }),
      { ...BOUNDS, numRuns: 1000 },
    );
  });

  it.each([
    ['too deep', `${FILE}x: ${'['.repeat(100_000)}`],
    ['itself', `${FILE}x: &a [*a]`],
  ])('a file that is %s is refused', (_name, text) => {
    expect(() => readConfigFile(text, 'f')).toThrow(SluiceError);
  });

  it('environment variables are read, or refused', () => {
    const names = fc.oneof(
      key.map((each: OptionKey) => environmentNameOf(each)),
      fc.string().map((each) => `SLUICE_${each}`),
    );
    fc.assert(
      fc.property(fc.dictionary(names, value, { maxKeys: 4 }), (environment) => {
        accepted(() => loadConfig({ environment }));
      }),
      { ...BOUNDS, numRuns: 1500 },
    );
  });

  it('flags are read, or refused', () => {
    const flags = fc.array(fc.tuple(key, fc.option(value)), { maxLength: 4 });
    fc.assert(
      fc.property(flags, (given) => {
        const argv = given.flatMap(([each, text]) =>
          text === null ? [flagOf(each)] : [`${flagOf(each)}=${text}`],
        );
        const command = addConfigOptions(
          new Command('x').exitOverride().configureOutput({ writeErr: () => undefined }),
        );
        try {
          command.parse(argv, { from: 'user' });
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^commander\./);
          return;
        }
        accepted(() => loadConfig({ environment: {}, flags: command.opts() }));
      }),
      { ...BOUNDS, numRuns: 300 },
    );
  }, 60_000);
});
