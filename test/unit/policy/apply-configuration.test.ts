import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseLosslessJson, type Json } from '../../../src/lib/lossless-json.ts';
import { evaluateMutationCase } from '../../../src/policy/evaluate-case.ts';
import { BUNDLED_SCHEMAS } from '../../../src/domain/kind-schemas/bundled-schemas.ts';
import { NO_SCHEMAS } from '../../../src/domain/kind-schemas/kind-schemas.ts';
import { applyConfiguration } from '../../../src/policy/apply-configuration.ts';

interface Recorded {
  readonly object: Json;
  readonly expressions: readonly string[];
  readonly failurePolicy?: string;
  readonly want: { readonly allowed: boolean; readonly message?: string; readonly object?: Json };
}

/** Cases drawn at random and what Kubernetes 1.37 made of them, with the schemas that its API server publishes. */
const RECORDED = readFileSync(new URL('apply-configurations.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => parseLosslessJson(line) as unknown as Recorded);

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } };

function policy(expressions: readonly string[], failurePolicy: string): Json {
  const rules = [
    {
      apiGroups: ['*'],
      apiVersions: ['*'],
      resources: ['*/*'],
      operations: ['CREATE', 'UPDATE'],
    },
  ];
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'p' },
    spec: {
      matchConstraints: { resourceRules: rules },
      failurePolicy,
      mutations: expressions.map((expression) =>
        expression.startsWith('[JSONPatch')
          ? { patchType: 'JSONPatch', jsonPatch: { expression } }
          : { patchType: 'ApplyConfiguration', applyConfiguration: { expression } },
      ),
    },
  };
}

const mutated = (object: Json, expressions: readonly string[], failurePolicy = 'Fail') =>
  evaluateMutationCase({
    kind: 'mutation',
    object,
    namespaceObject: namespace,
    policy: policy(expressions, failurePolicy),
  });

/** Go's maps have no order, and so have neither several errors nor several places. */
function sorted(message: string | undefined): string | undefined {
  const cause = message?.split(' denied request: ').at(-1);
  return cause
    ?.split(/\n|, |structs: /)
    .sort()
    .join('\n');
}

describe('apply configurations', () => {
  it.each(RECORDED.map((recorded, index) => [index, recorded.expressions.join('; '), recorded]))(
    '%i: %s',
    (_index, _name, { object, expressions, failurePolicy, want }) => {
      const { allowed, message, ...found } = mutated(object, expressions, failurePolicy);
      expect({ allowed, message: sorted(message) }).toEqual({
        allowed: want.allowed,
        message: sorted(want.message),
      });
      expect('object' in found ? found.object : undefined).toEqual(want.object);
    },
  );

  const deployment: Json = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', annotations: { token: 's3cret' } },
    spec: { selector: {}, template: { spec: { containers: [{ name: 'web', image: 'i:1' }] } } },
  };

  it('show no text of the object when a value does not fit', () => {
    const expressions = [
      'Object{spec: Object.spec{paused: object.metadata.annotations.token}}',
      'Object{spec: Object.spec{paused: "yes"}}',
    ];
    const messages = expressions.map((each) => mutated(deployment, [each]).message ?? '');
    expect(messages[0]).toMatch(/\.spec\.paused: expected boolean, got &\{…\}$/);
    expect(messages[1]).toMatch(/\.spec\.paused: expected boolean, got &\{yes\}$/);
  });

  it('are refused for a kind whose schema is not known', () => {
    const options = { schemas: NO_SCHEMAS, source: '' };
    expect(applyConfiguration(deployment, {}, options).problem).toMatch(
      /^Resource kind apps\/v1, Kind=Deployment not found\./,
    );
  });

  it.each([
    ['replicas: 1.5', 'cannot convert float64 to int32'],
    [
      'strategy: Object.spec.strategy{rollingUpdate: Object.spec.strategy.rollingUpdate{maxSurge: 1.5}}',
      'json: cannot unmarshal number 1.5 into Go value of type int32',
    ],
    [
      'strategy: Object.spec.strategy{rollingUpdate: Object.spec.strategy.rollingUpdate{maxSurge: true}}',
      'json: cannot unmarshal bool into Go value of type int32',
    ],
  ])('are refused where the Go type cannot hold a value: %s', (fields, problem) => {
    const { message } = mutated(deployment, [`Object{spec: Object.spec{${fields}}}`]);
    const what = 'unable to convert unstructured object to apps/v1, Kind=Deployment: ';
    expect(message?.split(what)[1]).toBe(problem);
  });

  it('are refused where they touch what does not fit the kind, and nowhere else', () => {
    const broken: Json = {
      ...(deployment as Record<string, Json>),
      spec: { replicas: 'many', template: { spec: { containers: ['web'] } } },
    };
    const touching = [
      'Object{spec: Object.spec{replicas: 3}}',
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "a"}]}}}}',
    ];
    const what = 'error applying patch: failed to convert original object to typed object: ';
    expect(touching.map((each) => mutated(broken, [each]).message?.split(what)[1])).toEqual([
      '.spec.replicas: expected numeric (int or float), got string',
      '.spec.template.spec.containers: element 0: associative list with keys may not have non-map elements',
    ]);
    const { allowed } = mutated(broken, ['Object{spec: Object.spec{paused: true}}']);
    expect(allowed).toBe(true);
  });

  it('see literals in variables as literals', () => {
    const object: Json = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: {} };
    const answer = (value: string) => {
      const whole = policy(['Object{spec: Object.spec{ports: variables.ports}}'], 'Fail') as {
        spec: Record<string, Json>;
      };
      whole.spec['variables'] = [{ name: 'ports', expression: value }];
      return evaluateMutationCase({
        kind: 'mutation',
        object,
        namespaceObject: namespace,
        policy: whole,
      });
    };
    expect(answer('[{"port": 80}]')).toMatchObject({ allowed: false });
    expect(answer('[{"port": 80}] + [{"port": 81}]')).toMatchObject({ allowed: true });
  });

  it('leave the object itself alone', () => {
    const before = structuredClone(deployment);
    const configuration = { metadata: { labels: { a: 'b' } } };
    const options = { schemas: BUNDLED_SCHEMAS, source: '' };
    const { object } = applyConfiguration(deployment, configuration, options) as { object: Json };
    expect(object).toMatchObject({ metadata: { labels: { a: 'b' }, name: 'web' } });
    expect(deployment).toEqual(before);
  });
});
