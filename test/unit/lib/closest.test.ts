import { describe, expect, it } from 'vitest';
import { closest } from '../../../src/lib/closest.ts';

describe('closest', () => {
  const known = ['validations', 'variables', 'title', 'severity', 'object', 'oldObject'];
  it.each([
    ['validation', 'validations'],
    ['titel', 'title'],
    ['Severity', 'severity'],
    ['objct', 'object'],
    ['oldobject', 'oldObject'],
    ['x', undefined],
    ['', undefined],
    ['remediation', undefined],
    ['v'.repeat(100), undefined],
  ])('%s: %s', (name, expected) => {
    expect(closest(name, known)).toBe(expected);
  });
});
