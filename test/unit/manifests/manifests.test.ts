import { readFileSync } from 'node:fs';
import { CORE_SCHEMA, loadAll } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { chartFiles } from '../../../scripts/generate/chart.ts';
import { crdFiles } from '../../../scripts/generate/crds.ts';
import { OPTION_KEYS, OPTIONS, type OptionKey } from '../../../src/config/options.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const documents = (file: string): Record<string, unknown>[] =>
  loadAll(read(file), undefined, { schema: CORE_SCHEMA }) as Record<string, unknown>[];

it.each([...crdFiles(), ...chartFiles()])('$file is what the code generates', ({ file, text }) => {
  expect(read(file), `${file}: run npm run generate`).toBe(text);
});

describe('the base', () => {
  const [kustomization] = documents('manifests/base/kustomization.yaml') as unknown as [
    { resources: string[] },
  ];
  const objects = kustomization.resources.flatMap((file) => documents(`manifests/base/${file}`));

  it('holds no definition: deleting it must delete no Canary', () => {
    const kinds = objects.map(({ kind }) => kind);
    expect(kinds).not.toContain('CustomResourceDefinition');
    expect(kinds).toContain('Deployment');
  });

  it('and the definitions are an installation', () => {
    const [all] = documents('manifests/kustomization.yaml') as unknown as [{ resources: string[] }];
    expect(all.resources).toEqual(['crds', 'base']);
  });

  it('runs as nobody, cannot write and cannot gain anything', () => {
    const deployments = objects.filter(({ kind }) => kind === 'Deployment');
    expect(deployments).toHaveLength(2);
    for (const deployment of deployments) {
      expect(deployment).toMatchObject({
        spec: {
          template: {
            spec: {
              securityContext: { runAsNonRoot: true, runAsUser: 65532 },
              containers: [
                {
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ['ALL'] },
                  },
                },
              ],
            },
          },
        },
      });
    }
  });
});

it('every setting is a value of the chart, save secrets and those that the chart makes', () => {
  const schema = JSON.parse(read('manifests/chart/values.schema.json')) as {
    properties: { config: { properties: Record<string, unknown> } };
  };
  const offered = Object.keys(schema.properties.config.properties);
  const isSecret = (key: OptionKey): boolean => 'secret' in OPTIONS[key];
  const missing = OPTION_KEYS.filter((key) => !offered.includes(key) && !isSecret(key));
  expect(missing.sort()).toEqual([
    'context',
    'httpPort',
    'kubeconfig',
    'leaderElectionNamespace',
    'roles',
    'sluiceNamespace',
    'webhookPort',
    'webhookService',
  ]);
  expect(offered.filter((key) => OPTION_KEYS.some((each) => each === key && isSecret(each)))).toEqual(
    [],
  );
});
