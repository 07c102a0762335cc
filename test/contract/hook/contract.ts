import { expect } from 'vitest';
import { HOOKS } from '../../../src/delivery/hook/index.ts';
import type { HookKind } from '../../../src/delivery/hook/types.ts';
import { altered, type Contract } from '../frame/contract.ts';

/** What Flagger does with a hook of this type: flagger.md, hooks. */
export interface HookFixture {
  readonly onRefusal: HookKind['onRefusal'];
}

const REASON = 'HTTP 403';

/** What every type of hook must keep. */
export const hookContract: Contract<HookKind, HookFixture> = {
  of: 'hook',
  exported: 'hook',
  index: HOOKS,
  cases: [
    {
      name: 'its texts name the hook and are one bounded line',
      run: (kind) => {
        const texts = [kind.passed('my-hook'), kind.refused('my-hook', 'app.shop', REASON)];
        for (const text of texts) {
          if (text === undefined) continue;
          expect(text.message).toContain('my-hook');
          expect(text.message).toMatch(/^[^\n]{1,999}$/);
        }
      },
    },
    {
      name: 'what keeps a rollout from going on is a warning',
      appliesTo: ({ onRefusal }) => onRefusal !== 'ignored',
      run: (kind) => {
        expect(kind.refused('my-hook', 'app.shop', REASON).level).toBe('Warning');
      },
    },
    {
      name: 'the phase of the payload is the Canary’s, or Progressing for questions of the analysis',
      run: (kind) => {
        expect(['Succeeded', 'Progressing']).toContain(kind.payloadPhase('Succeeded'));
      },
    },
    {
      name: 'a refusal holds, fails or is ignored as in Flagger',
      run: (kind, fixture) => {
        expect(kind.onRefusal).toBe(fixture.onRefusal);
      },
    },
  ],
  mutants: {
    'does nothing': (kind) => altered(kind, { refused: () => ({ level: 'Normal', message: '' }) }),
    'swaps weights': () => ({ because: 'it sees no weights' }),
    'drops foreign fields': () => ({ because: 'it writes no object and sends nothing' }),
    'always passes': (kind, { onRefusal }) =>
      onRefusal === 'ignored'
        ? { because: 'a refusal of it is ignored, in Flagger, too' }
        : altered(kind, { onRefusal: 'ignored' }),
    'leaks a secret': () => ({ because: 'it is told names and a reason without secrets' }),
  },
};
