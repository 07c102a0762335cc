import { evaluate } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answer } from './libraries/answer.ts';

// Where both speak the same CEL: integers, bools, texts, lists and their operators.
const { int, bool } = fc.letrec<{ int: string; bool: string }>((tie) => {
  const pair = (
    operators: readonly string[],
    operand: fc.Arbitrary<string>,
  ): fc.Arbitrary<string> =>
    fc
      .tuple(operand, fc.constantFrom(...operators), operand)
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`);
  return {
    int: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.integer({ min: 0, max: 20 }).map(String),
      pair(['+', '-', '*', '/', '%'], tie('int')),
      fc.tuple(tie('bool'), tie('int'), tie('int')).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      fc.array(tie('int'), { maxLength: 3 }).map((parts) => `size([${parts.join(', ')}])`),
      tie('int').map((operand) => `[${operand}].map(x, x + x)[0]`),
    ),
    bool: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom('true', 'false', "'ab'.startsWith('a')", "('a' + 'b' == 'ab')"),
      pair(['<', '<=', '>', '>=', '==', '!='], tie('int')),
      pair(['&&', '||', '=='], tie('bool')),
      tie('bool').map((operand) => `!${operand}`),
      fc.tuple(tie('int'), tie('int')).map(([a, b]) => `(${a} in [${b}, 1])`),
      tie('bool').map((operand) => `[1, 2].exists(x, x > 1 && ${operand})`),
    ),
  };
});

function peerAnswer(source: string): string {
  try {
    return String(evaluate(source));
  } catch {
    return 'error';
  }
}

it('gives the same answers as another implementation of CEL', () => {
  fc.assert(
    fc.property(fc.oneof(int, bool), (source) => {
      const { text } = answer(source);
      expect(text.startsWith('!') ? 'error' : text).toBe(peerAnswer(source));
    }),
    { numRuns: 500 },
  );
});
