import { describe, expect, it } from 'vitest';
import { readScanKinds } from '../../../src/config/scan-kinds.ts';

describe('--scan-kinds', () => {
  it('reads kinds', () => {
    expect(readScanKinds(['apps/v1/StatefulSet', 'v1/Pod'])).toEqual([
      { apiVersion: 'apps/v1', kind: 'StatefulSet' },
      { apiVersion: 'v1', kind: 'Pod' },
    ]);
  });

  it.each([
    [['pods'], 'an entry is not apiVersion/Kind, such as apps/v1/StatefulSet'],
    [['v1/Secret'], 'Secrets are not examined'],
    [['apps/v1/Deployment'], 'Deployment is examined anyway'],
    [['flagger.app/v1beta1/Canary'], 'Canary is examined anyway'],
    [['v1/Pod', 'v1/Pod'], 'Pod is given twice'],
  ])('refuses %j', (entries, problem) => {
    expect(() => readScanKinds(entries)).toThrow(`--scan-kinds: ${problem}`);
  });
});
