import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerLine } from '../../../src/cli/eval.ts';
import { isJsonObject, stringifyLosslessJson } from '../../../src/lib/lossless-json.ts';
import { BINDING_SHAPE, BOUNDS, POLICY_SHAPE, anyJson, bent, brokenText } from './arbitraries.ts';

const LINES = [
  {
    id: 1,
    expression: 'object.spec.replicas > 2 && [1, 2].all(i, i < params.max)',
    object: { spec: { replicas: 3 } },
    params: { max: 3 },
  },
  {
    id: 2,
    kind: 'policy',
    policy: POLICY_SHAPE,
    bindings: [BINDING_SHAPE],
    object: { kind: 'A', spec: {} },
  },
  {
    id: 3,
    mutation: "[JSONPatch{op: 'replace', path: '/spec/replicas', value: 3}]",
    object: { spec: { replicas: 1 } },
  },
  {
    id: 4,
    expression: "authorizer.path('/x').check('get').allowed()",
    authorizer: { rules: [{ path: '/x', decision: 'allow' }] },
  },
  {
    id: 5,
    expression: 'variables.a + 1',
    variables: [{ name: 'a', expression: '1' }],
    envVersion: '1.30',
    as: 'int',
  },
].map((line) => JSON.stringify(line));

function answered(text: string): void {
  const { answer } = answerLine(text, {});
  expect(isJsonObject(answer)).toBe(true);
  const { ok, kind, error } = answer as { ok?: unknown; kind?: unknown; error?: unknown };
  expect(kind, `${text}: ${String(error)}`).not.toBe('internal');
  if (ok === false) expect(error).toBeTypeOf('string');
  expect(JSON.parse(stringifyLosslessJson(answer))).toBeTypeOf('object');
}

const SHAPE = {
  id: 1,
  kind: 'policy',
  expression: 'object.a + params.b',
  policy: POLICY_SHAPE,
  mutation: 'object',
  bindings: [BINDING_SHAPE],
  object: { kind: 'A', apiVersion: 'v1', metadata: { name: 'a' } },
  oldObject: null,
  params: { b: 1 },
  request: { operation: 'UPDATE', userInfo: { username: 'u' }, kind: { kind: 'A' } },
  namespaceObject: { metadata: { name: 'n' } },
  authorizer: { rules: [{ verb: 'get', decision: 'allow' }] },
  variables: [{ name: 'v', expression: 'object' }],
  envVersion: '1.30',
  as: 'json',
};

describe('whatever a line of eval holds', () => {
  it('broken text is answered', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          brokenText(LINES),
          fc.string(),
          anyJson.map((each) => JSON.stringify(each)),
        ),
        answered,
      ),
      { ...BOUNDS, numRuns: 2000 },
    );
  }, 60_000);

  it('members of any type are answered', () => {
    fc.assert(
      fc.property(
        bent(SHAPE).map((line) => JSON.stringify(line)),
        answered,
      ),
      { ...BOUNDS, numRuns: 1500 },
    );
  }, 60_000);

  it('broken expressions are answered', () => {
    const sources = [
      'object.spec.replicas > 2 ? [1, 2].map(i, i * 2) : {"a": 1u}',
      "'a'.matches('[a-z]+') && has(object.a) || x",
      "duration('1h') + timestamp('2026-01-01T00:00:00Z') == r'\\d'",
    ];
    const line = brokenText(sources).map((expression) =>
      JSON.stringify({ expression, object: { spec: {} } }),
    );
    fc.assert(fc.property(line, answered), { ...BOUNDS, numRuns: 3000 });
  }, 60_000);

  it.each([
    ['a deep expression', `${'('.repeat(5000)}1${')'.repeat(5000)}`],
    ['a long sum', Array.from({ length: 5000 }, () => '1').join(' + ')],
    ['many negations', `${'!'.repeat(10_000)}true`],
    ['nested loops', '[1,2,3,4,5,6,7,8,9,10].all(a, '.repeat(8) + 'true' + ')'.repeat(8)],
    ['a pattern', "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('(a+)+$')"],
    ['a long literal', `'${'x'.repeat(99_000)}' == ''`],
  ])('%s', (_name, expression) => {
    answered(JSON.stringify({ expression }));
  });
});
