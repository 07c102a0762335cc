import { describe, expect, it } from 'vitest';
import { canMatch } from '../../../../src/policy/lint/can-match.ts';

describe('canMatch', () => {
  it.each([
    'a^',
    '$a',
    '^a$b',
    '(a|b)^',
    'a+^',
    '[^\\s\\S]',
    'x(^a|^b)',
    '\\Aa\\A',
    'a{2}^',
    '(?:a|b$)c{1,3}^',
    '(?P<n>a)^',
    'a\\z.',
    '(?i)a^',
    '^.^',
  ])('%s has no match', (pattern) => {
    expect(canMatch(pattern)).toBe(false);
  });

  it.each([
    '',
    'a',
    '^a$',
    '$^',
    '(^a|b)',
    'a*^',
    '(a|^)b',
    '^(a|b$)',
    'a|b^',
    '$a?',
    '(?m)a^b',
    'a{0}^',
    '[]^]',
    '[^]a]',
    '[[:alpha:]]^?',
    '\\Q^a^\\E',
    '(',
    '\\p{L}+',
    '\\x{41}^?',
    'a{,2}',
    '(?i:a)',
    '(?s)^.$',
    '\\bfoo\\b',
    '\\$a\\^',
  ])('%s has one, or is not understood', (pattern) => {
    expect(canMatch(pattern)).toBe(true);
  });
});
