import { describe, expect, it } from 'vitest';
import { formatPolicyRows, policyRows } from '../../../src/cli/status-policies.ts';
import type { RolloutPolicy } from '../../../src/domain/policy.ts';

const AT = '2026-11-25T00:00:00Z';
const counts = { denied: 0, held: 0, warned: 0, audited: 0, errors: 0, excepted: 0, passed: 0 };

function policy(name: string, status?: RolloutPolicy['status']): RolloutPolicy {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RolloutPolicy',
    metadata: { name },
    spec: {},
    ...(status === undefined ? {} : { status }),
  };
}

const replica = (denied: number, audited: number, since: string) => ({
  ...counts,
  denied,
  audited,
  since,
  until: AT,
});

const busy = policy('few', {
  bindings: [
    { name: 'a', action: 'Audit' },
    { name: 'b', action: 'Audit' },
  ],
  scan: { ...counts, audited: 2, passed: 1, examples: ['Deployment shop/web'] },
  admission: {
    one: replica(1, 2, '2026-11-24T00:00:00Z'),
    two: replica(3, 4, '2026-11-23T00:00:00Z'),
  },
  latency: { p50Micros: 20, p99Micros: 90 },
  typeChecking: { expressionWarnings: [{ fieldRef: 'f', warning: 'w' }] },
  conditions: [
    { type: 'Ready', status: 'True', reason: 'R', message: 'fine', lastTransitionTime: AT },
    { type: 'Scanned', status: 'False', reason: 'K', message: 'left out', lastTransitionTime: AT },
  ],
});

describe('the rows of policies', () => {
  it('add up what the replicas have found, since the first of them', () => {
    expect(policyRows([busy])[0]).toMatchObject({
      policy: 'few',
      ready: 'True',
      admission: { denied: 4, audited: 6, since: '2026-11-23T00:00:00Z' },
      notes: ['left out'],
      typeWarnings: 1,
    });
  });

  it('are ordered by name and say what is not known', () => {
    const rows = policyRows([policy('z'), policy('a')]);
    expect(rows).toEqual([
      { policy: 'a', ready: 'Unknown', bindings: [], notes: [], typeWarnings: 0 },
      { policy: 'z', ready: 'Unknown', bindings: [], notes: [], typeWarnings: 0 },
    ]);
  });

  it('are a table, with what needs a person below', () => {
    expect(formatPolicyRows(policyRows([busy, policy('new')])).split('\n')).toEqual([
      'POLICY   READY     ACTION   DENIES   AUDITS   ERRORS   REVIEWS               P99',
      'few      True      Audit    0        2        0        4 denied, 6 audited   90µs',
      'new      Unknown   -        -        -        -        -                     -',
      '',
      'few: left out',
      'few: 1 type check warnings',
      'few: Deployment shop/web does not meet it',
    ]);
  });
});
