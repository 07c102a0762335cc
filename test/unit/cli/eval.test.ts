import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { answerLine, command } from '../../../src/cli/eval.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-eval-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const fixtures = {
  web: {
    object: '{"metadata": {"name": "web", "namespace": "shop"}, "spec": {"weight": 3.0}}',
    params: null,
    namespaceObject: { metadata: { name: 'shop', labels: { a: 'b' } } },
    variables: [{ name: 'w', expression: 'object.spec.weight' }],
    authorizer: { default: 'noOpinion', rules: [{ verb: 'promote', decision: 'allow' }] },
  },
};

type Answer = Record<string, unknown> & {
  readonly value?: { readonly t: string; readonly v: unknown };
};

const answer = (line: Record<string, unknown>): Answer =>
  answerLine(JSON.stringify(line), fixtures).answer as Answer;

describe('a line', () => {
  it.each([
    [{ expression: '1 + 1' }, { ok: true, value: { t: 'int', v: '2' }, type: 'int', cost: 1 }],
    [{ expression: 'object.spec.weight', bind: 'web' }, { value: { t: 'double', v: '3' } }],
    [
      { expression: 'object.spec.weight', bind: 'web', object: { spec: { weight: 5 } } },
      { value: { t: 'int', v: '5' } },
    ],
    [
      { expression: 'variables.w + 1.0', bind: 'web' },
      { value: { t: 'double', v: '4' }, cost: 6 },
    ],
    [{ expression: 'params == null', bind: 'web' }, { ok: true }],
    [{ expression: 'params' }, { ok: false, kind: 'compile', class: 'undeclared' }],
    [
      { expression: 'request.operation + request.namespace', bind: 'web' },
      { value: { v: 'CREATEshop' } },
    ],
    [
      { expression: "authorizer.requestResource.check('promote').allowed()", bind: 'web' },
      { value: { v: true } },
    ],
    [{ expression: 'namespaceObject.metadata.labels.a', bind: 'web' }, { value: { v: 'b' } }],
    [
      { expression: 'namespaceObject == null', as: 'matchCondition', bind: 'web' },
      { value: { v: true } },
    ],
    [
      { expression: "authorizer.path('/').check('get').reason()", as: 'audit' },
      { kind: 'runtime', class: 'other' },
    ],
    [
      { expression: 'authorizer', as: 'message' },
      { kind: 'compile', class: 'undeclared' },
    ],
    [
      { expression: 'object.x', as: 'validation' },
      { kind: 'compile', class: 'result_type' },
    ],
    [{ expression: "[JSONPatch{op: 'add'}]", as: 'patch' }, { type: 'list(JSONPatch)' }],
    [
      { expression: "semver('1.0.0')", envVersion: '1.32' },
      { kind: 'compile', class: 'undeclared' },
    ],
    [
      { expression: 'object.includes(1)', envMode: 'new' },
      { kind: 'compile', class: 'undeclared' },
    ],
    [
      { expression: '1 + 1 + 1', costLimit: 1 },
      { kind: 'cost', class: 'cost', cost: 2 },
    ],
    [
      { expression: '1 + 1 + 1', budget: 1 },
      { kind: 'budget', class: 'budget' },
    ],
    [{ expression: 'now' }, { kind: 'compile', class: 'undeclared' }],
    [{ expression: 'rollout.step', rollout: { step: 2 } }, { value: { v: '2' } }],
    [
      { kind: 'mutation', object: { a: 1 }, mutation: "[JSONPatch{op: 'remove', path: '/a'}]" },
      { allowed: true, changed: true, object: {} },
    ],
  ])('%o', (line, expected) => {
    expect(answer({ id: 'x', ...line })).toMatchObject({ id: 'x', ...expected });
  });

  it('keeps what was recorded from the engine', () => {
    const got = answer({ id: 1, expression: '1', want: { ok: false }, cost: 99, src: 's' });
    expect(got).toEqual({ id: 1, ok: true, value: { t: 'int', v: '1' }, type: 'int', cost: 0 });
  });

  it('gives parameters the numbers that Go prints', () => {
    const got = answer({ expression: 'params.x', params: '{"x": 99.0}' });
    expect(got.value).toEqual({ t: 'int', v: '99' });
  });

  it.each([
    ['not json', 'not JSON'],
    ['[1]', 'a line must be a JSON object'],
    ['{"id": 1}', 'a line needs an expression, a policy or a mutation'],
    ['{"id": 1, "kind": "story"}', 'unknown kind'],
    ['{"id": 1, "expression": "1", "bind": "nope"}', 'no such fixture; known: web'],
    ['{"id": 1, "expression": "1", "object": "{"}', 'not JSON'],
    ['{"id": 1, "expression": "1", "variables": 5}', 'variables must be a list'],
    ['{"id": 1, "expression": "1", "variables": [5]}', 'a variable must be an object'],
    ['{"id": 1, "expression": "1", "costLimit": "x"}', 'costLimit must be a number'],
  ])('%s is an input error', (text, message) => {
    const { answer: got, isInput } = answerLine(text, fixtures);
    expect(isInput).toBe(true);
    expect(got).toMatchObject({ ok: false, kind: 'input', class: 'other' });
    expect((got as { error: string }).error).toContain(message);
  });
});

describe('the command', () => {
  async function run(lines: string, options: Record<string, unknown> = {}) {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    let text = '';
    stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    stdin.end(lines);
    const code = await command.run([], options, {
      stdin,
      stdout,
      stderr: new PassThrough(),
      signal: new AbortController().signal,
      interactive: false,
      cwd: folder,
    });
    const answers = text.split('\n').filter((line) => line !== '');
    return { code, answers: answers.map((line) => JSON.parse(line) as Answer) };
  }

  it('answers line by line, in order, and ends with 0', async () => {
    const { code, answers } = await run(
      '{"id":"a","expression":"1"}\n\n{"id":"b","expression":"nope"}\n',
    );
    expect(code).toBe(0);
    expect(answers.map(({ id, ok }) => [id, ok])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });

  it('answers each line before it reads the next', async () => {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    const done = command.run(
      [],
      {},
      {
        stdin,
        stdout,
        stderr: new PassThrough(),
        signal: new AbortController().signal,
        interactive: false,
        cwd: folder,
      },
    );
    for (const id of ['a', 'b']) {
      stdin.write(`{"id":"${id}","expression":"1"}\n`);
      const [line] = (await new Promise<Buffer>((resolve) => stdout.once('data', resolve)))
        .toString()
        .split('\n');
      expect(JSON.parse(line ?? '')).toMatchObject({ id });
    }
    stdin.end();
    expect(await done).toBe(0);
  });

  it('goes on after a malformed line and ends with 2', async () => {
    const { code, answers } = await run('{\n{"id":"b","expression":"1"}\n');
    expect(code).toBe(2);
    expect(answers).toMatchObject([
      { id: null, kind: 'input' },
      { id: 'b', ok: true },
    ]);
  });

  it('reads fixtures from a file', async () => {
    writeFileSync(join(folder, 'fixtures.json'), JSON.stringify(fixtures));
    const { answers } = await run('{"id":"a","bind":"web","expression":"object.metadata.name"}', {
      fixtures: 'fixtures.json',
    });
    expect(answers[0]?.value?.v).toBe('web');
  });

  it.each([
    ['nowhere.json', 'nowhere.json cannot be read as JSON'],
    ['list.json', 'list.json is not a JSON object'],
  ])('refuses fixtures in %s', async (name, message) => {
    writeFileSync(join(folder, 'list.json'), '[]');
    await expect(run('', { fixtures: name })).rejects.toThrow(message);
  });
});
