import { describe, expect, it } from 'vitest';
import { ReviewError, decodeReview, encodeReview } from '../../../src/admission/review-codec.ts';
import { JsonDouble } from '../../../src/lib/lossless-json.ts';
import { bodyOf, readAnswer, patchIn, reviewOf } from './fixture.ts';

const review = reviewOf('canaries', 'UPDATE', { object: { a: 1 }, oldObject: { a: 0 } });

function errorOf(body: string): { uid: string; message: string } {
  try {
    decodeReview(body);
  } catch (error) {
    if (error instanceof ReviewError) return { uid: error.uid, message: error.message };
    throw error;
  }
  throw new Error('was read');
}

function broken(change: (request: Record<string, unknown>) => void): string {
  const envelope = JSON.parse(bodyOf(review)) as { request: Record<string, unknown> };
  change(envelope.request);
  return JSON.stringify(envelope);
}

describe('decodeReview', () => {
  it('reads every field of the request', () => {
    const full = reviewOf(
      'canaries',
      'UPDATE',
      { object: { a: 1 }, oldObject: { a: 0 } },
      {
        subResource: 'status',
        requestKind: { group: 'flagger.app', version: 'v1beta1', kind: 'Canary' },
        requestResource: { group: 'flagger.app', version: 'v1beta1', resource: 'canaries' },
        requestSubResource: 'status',
        userInfo: { username: 'ada', uid: '7', groups: ['dev'], extra: { scopes: ['a', 'b'] } },
        dryRun: true,
        options: { kind: 'UpdateOptions' },
      },
    );
    expect(decodeReview(bodyOf(full))).toEqual(full);
  });

  it('takes what the API server leaves out for empty', () => {
    const body = broken((request) => {
      for (const name of ['name', 'namespace', 'userInfo', 'dryRun', 'object', 'oldObject']) {
        Reflect.deleteProperty(request, name);
      }
    });
    expect(decodeReview(body)).toMatchObject({
      request: { name: '', userInfo: {}, dryRun: false },
      object: null,
      oldObject: null,
    });
  });

  it('keeps numbers as they were written', () => {
    const body = bodyOf(review).replace('"a":1', '"a":1.0,"b":9007199254740993');
    expect(decodeReview(body).object).toEqual({ a: new JsonDouble(1), b: 9007199254740993n });
  });

  it.each([
    ['no JSON', '{', '', 'the body is not JSON'],
    ['nothing', '', '', 'the body is not JSON'],
    ['another type', '[]', '', 'the body must be an object'],
    [
      'another kind',
      '{"apiVersion":"admission.k8s.io/v1","kind":"Pod"}',
      '',
      'kind must be AdmissionReview',
    ],
    [
      'an old version',
      '{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"u"}}',
      'u',
      'apiVersion must be admission.k8s.io/v1',
    ],
    [
      'no request',
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
      '',
      'request must be an object',
    ],
    [
      'a body that was cut off, whose uid is known',
      bodyOf(review).slice(0, -20),
      'uid-1',
      'the body is not JSON',
    ],
  ])('refuses %s', (_name, body, uid, message) => {
    expect(errorOf(body)).toEqual({ uid, message });
  });

  it.each([
    ['uid', '', '', 'request.uid must be a text that is not empty'],
    ['uid', 7, '', 'request.uid must be a text that is not empty'],
    [
      'operation',
      'PATCH',
      'uid-1',
      'request.operation must be one of CREATE, UPDATE, DELETE, CONNECT',
    ],
    ['kind', null, 'uid-1', 'request.kind must be an object'],
    ['kind', { group: 'a' }, 'uid-1', 'request.kind.kind must be a text that is not empty'],
    ['resource', { resource: 1 }, 'uid-1', 'request.resource.resource must be a text'],
    ['requestKind', 'x', 'uid-1', 'request.requestKind must be an object'],
    ['name', {}, 'uid-1', 'request.name must be a text'],
    ['userInfo', [], 'uid-1', 'request.userInfo must be an object'],
    ['userInfo', { groups: ['a', 1] }, 'uid-1', 'request.userInfo.groups must be a list of texts'],
    ['userInfo', { extra: { a: 'b' } }, 'uid-1', 'request.userInfo.extra must be a list of texts'],
  ])('names the field: %s = %j', (field, value, uid, message) => {
    const body = broken((request) => {
      request[field] = value;
    });
    expect(errorOf(body)).toEqual({ uid, message });
  });
});

describe('encodeReview', () => {
  it('writes what the API server reads', () => {
    const body = encodeReview({ uid: 'u', allowed: true, warnings: ['w'] });
    expect(JSON.parse(body)).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u', allowed: true, warnings: ['w'] },
    });
  });

  it('encodes a patch, with its numbers as they were', () => {
    const value = [new JsonDouble(3), 9007199254740993n];
    const body = encodeReview({
      uid: 'u',
      allowed: true,
      patch: [{ op: 'add', path: '/a', value }],
    });
    expect(readAnswer(body).patchType).toBe('JSONPatch');
    const text = Buffer.from(readAnswer(body).patch ?? '', 'base64').toString('utf8');
    expect(text).toBe('[{"op":"add","path":"/a","value":[3.0,9007199254740993]}]');
    expect(patchIn(encodeReview({ uid: 'u', allowed: true, patch: [] }))).toBeUndefined();
  });
});
