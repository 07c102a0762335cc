import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { readParamKinds } from '../../../src/config/param-kinds.ts';

it('reads the core group and others', () => {
  expect(readParamKinds(['v1/ConfigMap', 'example.com/v1beta1/Limits'])).toEqual([
    { apiVersion: 'v1', kind: 'ConfigMap' },
    { apiVersion: 'example.com/v1beta1', kind: 'Limits' },
  ]);
  expect(readParamKinds([])).toEqual([]);
});

it.each([
  ['ConfigMap', 'an entry is not apiVersion/Kind, such as v1/ConfigMap'],
  ['v1/configmaps', 'an entry is not apiVersion/Kind'],
  ['a/b/v1/Limits', 'an entry is not apiVersion/Kind'],
  ['v1/Secret', 'a Secret cannot be a parameter'],
  ['example.com/v1/Secret', 'a Secret cannot be a parameter'],
  ['apps/v1/Deployment', 'Deployment cannot be a parameter'],
  ['v1/ConfigMap,v1/ConfigMap', 'ConfigMap is given twice'],
  ['a.io/v1/Limits,a.io/v2/Limits', 'Limits is given twice'],
])('%s is refused when the configuration is loaded', (paramKinds, problem) => {
  expect(() => loadConfig({ environment: {}, flags: { paramKinds } })).toThrow(
    `--param-kinds: ${problem}`,
  );
});
