import { describe, expect, test } from 'vitest';
import { HOOKS } from '../../../src/delivery/hook/index.ts';
import type { HookKind } from '../../../src/delivery/hook/types.ts';

const kinds: readonly HookKind[] = HOOKS;

describe.each(kinds)('hook $type', (kind) => {
  test('its texts name the hook and are one bounded line', () => {
    const texts = [kind.passed('my-hook'), kind.refused('my-hook', 'app.shop', 'HTTP 403')];
    for (const text of texts) {
      if (text === undefined) continue;
      expect(text.message).toContain('my-hook');
      expect(text.message).not.toContain('\n');
      expect(text.message.length).toBeLessThan(1000);
    }
  });

  test('what keeps a rollout from going on is a warning', () => {
    if (kind.onRefusal === 'ignored') return;
    expect(kind.refused('my-hook', 'app.shop', 'HTTP 403').level).toBe('Warning');
  });

  test('the phase of the payload is the Canary’s, or Progressing for questions of the analysis', () => {
    expect(['Succeeded', 'Progressing']).toContain(kind.payloadPhase('Succeeded'));
  });
});

test('every type of Flagger is there, once', () => {
  expect(kinds.map(({ type }) => type).sort()).toEqual([
    'confirm-promotion',
    'confirm-rollout',
    'confirm-traffic-increase',
    'event',
    'post-rollout',
    'pre-rollout',
    'rollback',
    'rollout',
  ]);
});

test('refusals hold, fail or are ignored as in Flagger', () => {
  const by = (refusal: HookKind['onRefusal']): string[] =>
    kinds.filter(({ onRefusal }) => onRefusal === refusal).map(({ type }) => type);
  expect(by('hold')).toEqual(['confirm-promotion', 'confirm-rollout', 'confirm-traffic-increase']);
  expect(by('failedCheck')).toEqual(['pre-rollout', 'rollout']);
  expect(by('ignored')).toEqual(['event', 'post-rollout', 'rollback']);
});
