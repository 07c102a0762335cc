import { expect, it } from 'vitest';
import { deploymentRows, formatDeploymentRows } from '../../../src/cli/status-deployments.ts';
import type { RolloutRun, RolloutRunStatus } from '../../../src/domain/run.ts';
import { runOf } from '../../support/plan-fixture.ts';

function runOfDeployment(
  namespace: string,
  name: string,
  number: number,
  status: Partial<RolloutRunStatus>,
): RolloutRun {
  const run = runOf(status);
  return {
    ...run,
    metadata: { ...run.metadata, namespace, name: `${name}-${number}` },
    spec: { ...run.spec, subject: { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: name } },
  };
}

it('shows the newest run of each Deployment, and why it waits or how it ended', () => {
  const at = '2026-01-01T00:00:00Z';
  const held = {
    gate: 'RolloutStart',
    since: at,
    reasons: ['frozen'],
    nextOpen: '2026-01-02T00:00:00Z',
  } as const;
  const rows = deploymentRows([
    runOfDeployment('shop', 'web', 10, { phase: 'Held', held: { ...held, reasons: ['frozen'] } }),
    runOfDeployment('shop', 'web', 9, { phase: 'Succeeded' }),
    runOfDeployment('shop', 'api', 1, {
      phase: 'Failed',
      failedChecks: 2,
      outcome: { reason: 'FailedChecks', message: 'failed checks', at },
    }),
    runOf(),
  ]);
  expect(rows.map(({ run, nextOpen }) => [run, nextOpen])).toEqual([
    ['api-1', undefined],
    ['web-10', held.nextOpen],
  ]);
  expect(formatDeploymentRows(rows).split('\n')).toEqual([
    'NAMESPACE   DEPLOYMENT   PHASE    FAILED   RUN      REASON',
    'shop        api          Failed   2        api-1    failed checks',
    'shop        web          Held     0        web-10   held at RolloutStart: frozen',
  ]);
});
