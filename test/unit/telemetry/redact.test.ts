import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClusterError, SluiceError } from '../../../src/domain/errors.ts';
import { redact } from '../../../src/telemetry/redact.ts';

describe('secrets', () => {
  it.each([
    ['token', 's3cret'],
    ['secretName', 's3cret'],
    ['Authorization', 'Basic s3cret'],
    ['password', 's3cret'],
    ['data', { a: 's3cret' }],
    ['stringData', { a: 's3cret' }],
    ['env', [{ name: 'A', value: 's3cret' }]],
    ['line', 'Authorization: Bearer s3cret'],
    ['line', '-----BEGIN PRIVATE KEY-----\ns3cret'],
    ['url', 'https://user:s3cret@example.com/'],
    ['jwt', 'eyJhbGciOiJSUzI1NiJ9.s3cret.s3cret'],
  ])('%s is masked', (key, value) => {
    const text = JSON.stringify(redact({ [key]: value, nested: { list: [{ [key]: value }] } }));
    expect(text).not.toContain('s3cret');
    expect(text).toContain('[redacted]');
  });

  it('of Kubernetes objects only the name is left', () => {
    const object = { kind: 'Secret', metadata: { name: 'a', namespace: 'b' }, x: 's3cret' };
    expect(redact({ object })).toEqual({ object: { kind: 'Secret', name: 'a', namespace: 'b' } });
  });
});

describe('what may be seen', () => {
  it('stays: names, numbers, queue keys, code', () => {
    const fields = { key: 'shop/checkout', weight: 20, ok: true, none: null };
    expect(redact(fields)).toEqual(fields);
  });

  it('errors show their code, details and cause', () => {
    const cause = new ClusterError('Forbidden', 'no', { status: 403 });
    const error = new SluiceError('SLUICE_MISSING', 'gone', { cause });
    expect(redact({ error })).toEqual({
      error: {
        code: 'SLUICE_MISSING',
        message: 'gone',
        cause: {
          code: 'SLUICE_CLUSTER',
          message: 'no',
          details: { reason: 'Forbidden', status: 403 },
        },
      },
    });
  });

  it('a defect shows its frames, and a syntax error not the text that it quotes', () => {
    let error: unknown;
    try {
      JSON.parse('{"a": s3cret}');
    } catch (caught) {
      error = caught;
    }
    const copy = redact({ error })['error'] as { name: string; frames: string[] };
    expect(copy.name).toBe('SyntaxError');
    expect(copy.frames.length).toBeGreaterThan(0);
    expect(JSON.stringify(copy)).not.toContain('s3cret');
  });

  it('long and deep values are cut', () => {
    const deep = { a: { b: { c: { d: { e: 1 } } } } };
    const text = JSON.stringify(redact({ deep, long: 'x'.repeat(5000) }));
    expect(text.length).toBeLessThan(1200);
  });
});

it('anything can be redacted and written', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything({ withBigInt: true })), (fields) => {
      expect(() => JSON.stringify(redact(fields))).not.toThrow();
    }),
  );
});
