import { describe, expect, it } from 'vitest';
import {
  denialCauses,
  denialMessage,
  denialStatus,
  isAllowed,
  responseAnnotations,
} from '../../../src/policy/message.ts';
import { binding, decideBy, facts, gateFacts } from './support.ts';

const TWO = {
  remediation: 'lower\n  the step',
  validations: [
    { name: 'a', expression: 'false', message: 'first', reason: 'Forbidden' as const },
    { name: 'b', expression: 'false', message: 'second', remediation: 'add a metric' },
  ],
};

describe('a denial', () => {
  it('shows every violation with what to do', () => {
    const decision = decideBy(TWO);
    expect(isAllowed(decision)).toBe(false);
    expect(denialMessage(decision)).toBe(
      [
        "RolloutPolicy 'p' with binding 'b' denied request: first",
        '  to fix: lower the step',
        "- p/b (binding 'b'): second",
        '  to fix: add a metric',
      ].join('\n'),
    );
    expect(denialStatus(decision)).toEqual({ code: 403, reason: 'Forbidden' });
    expect(denialCauses(decision)).toEqual([
      "RolloutPolicy 'p' with binding 'b' denied request: first",
      "RolloutPolicy 'p' with binding 'b' denied request: second",
    ]);
  });

  it('says when it would next be allowed', () => {
    const nextOpen = '2026-03-03T00:00:00Z';
    const windows = [{ namespace: 'shop', name: 'w', open: false, reason: 'sale', nextOpen }];
    expect(denialMessage(decideBy({}, gateFacts('Promotion', { windows })))).toBe(
      `Sluice denied request: change window shop/w is closed: sale; it opens at ${nextOpen}\nnext allowed at ${nextOpen}`,
    );
  });

  it('is empty when nothing blocks', () => {
    const decision = decideBy(TWO, facts(), [binding({ validationActions: ['Warn'] })]);
    expect(isAllowed(decision)).toBe(true);
    expect(denialMessage(decision)).toBe('');
    expect(decision.warnings).toEqual([
      "Validation failed for RolloutPolicy 'p' with binding 'b': first (to fix: lower the step)",
      "Validation failed for RolloutPolicy 'p' with binding 'b': second (to fix: add a metric)",
    ]);
  });

  it('is a refusal for errors, too', () => {
    expect(isAllowed(decideBy({ validations: [{ expression: 'object.nope' + ' == 1' }] }))).toBe(
      false,
    );
  });
});

it('annotations have keys that the API server takes', () => {
  const decision = decideBy({ auditAnnotations: [{ key: 'k', valueExpression: '"v"' }] });
  expect(responseAnnotations(decision)).toEqual({ 'p.k': 'v' });
});
