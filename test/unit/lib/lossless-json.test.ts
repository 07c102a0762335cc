import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/lib/canonical-json.ts';
import {
  JsonDouble,
  parseLosslessJson,
  stringifyLosslessJson,
  type Json,
} from '../../../src/lib/lossless-json.ts';

const double = (value: number) => new JsonDouble(value);

describe('parseLosslessJson', () => {
  it.each<[text: string, value: Json]>([
    ['3', 3],
    ['-0', -0],
    ['3.0', double(3)],
    ['3.5', 3.5],
    ['1e3', double(1000)],
    ['1E-1', 0.1],
    [' 3.0 ', double(3)],
    ['9007199254740991', 9007199254740991],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9223372036854775808', double(9223372036854775808)],
    ['[1,1.0,[1.5]]', [1, double(1), [1.5]]],
    ['{"a": 1.0 , "b":[ 2.0]}', { a: double(1), b: [double(2)] }],
    ['{"image":"app:1.2.0"}', { image: 'app:1.2.0' }],
    ['{"a":"\\":1.0","b":1.0}', { a: '":1.0', b: double(1) }],
    ['["\\\\",1.0]', ['\\', double(1)]],
    ['[",1.0","[2.0"]', [',1.0', '[2.0']],
    ['["\uf8ff",1.0,"\\uf8ff2.0"]', ['\uf8ff', double(1), '\uf8ff2.0']],
  ])('%s', (text, value) => {
    expect(parseLosslessJson(text)).toEqual(value);
  });

  it('makes own members of every key', () => {
    const value = parseLosslessJson('{"__proto__":1.0}') as Record<string, Json>;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each(['', '{', '01.5', '1.', '[1.0', '[1.0]]', '"1.0', '1.5.6', '{"a" 1.0}', 'NaN', '\\"1.0'])(
    'refuses %j',
    (text) => {
      expect(() => parseLosslessJson(text)).toThrow(SyntaxError);
    },
  );

  it('reads again what was written', () => {
    const number = fc.oneof(
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Number.isInteger(n)),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
      fc.integer().map(double),
    );
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom('a:1.0', '",1.0', '\\', '\\"[1.5', '\uf8ff'),
    );
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        number,
        text,
        fc.constantFrom<Json>(null, true, false),
        fc.array(tie('tree')),
        fc.dictionary(text, tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const written = stringifyLosslessJson(value);
        const read = parseLosslessJson(written);
        expect(stringifyLosslessJson(read)).toBe(written);
        expect(canonicalJson(read)).toBe(canonicalJson(value));
      }),
    );
  });

  it('is not slow on a text that is long', () => {
    for (const part of ['x', '\\\\', '\\"', '[1.5', 'a:1.0,']) {
      const text = `[1.0,"${part.repeat(200_000)}"]`;
      expect((parseLosslessJson(text) as Json[])[0]).toEqual(double(1));
    }
  });
});

describe('canonicalJson', () => {
  it.each<[text: string, value: Json]>([
    ['{"a":[true,null,"x"],"b":1}', { b: 1, a: [true, null, 'x'] }],
    ['{"a":3.0,"b":3,"c":3}', { a: double(3), b: 3, c: 3n }],
    ['"\\"\\\\\\u0001é\ud83d\ude00\\ud800"', '"\\\u0001é\ud83d\ude00\ud800'],
    ['[[],{},""]', [[], {}, '']],
    ['0', -0],
    ['1e+21', 1e21],
  ])('%s', (text, value) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it('leaves out members that are undefined, and sorts by code unit', () => {
    const value = { z: undefined, '\uffff': 1, '\u{10000}': 2, A: 3, a: 4 } as unknown as Json;
    expect(canonicalJson(value)).toBe('{"A":3,"a":4,"\u{10000}":2,"\uffff":1}');
  });
});
