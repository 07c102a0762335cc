import { expect, it } from 'vitest';
import { formatRows, statusRows } from '../../../src/cli/status-rows.ts';
import type { Canary } from '../../../src/domain/canary.ts';
import type { RolloutRun, RolloutRunStatus } from '../../../src/domain/run.ts';

const canary = (name: string, status?: Partial<Canary['status']>): Canary => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { namespace: 'shop', name, uid: `uid-${name}` },
  spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
  ...(status === undefined
    ? {}
    : {
        status: {
          phase: 'Progressing',
          failedChecks: 0,
          canaryWeight: 0,
          iterations: 0,
          ...status,
        },
      }),
});

const run = (subject: string, number: number, status: Partial<RolloutRunStatus>): RolloutRun => ({
  apiVersion: 'sluice.dev/v1alpha1',
  kind: 'RolloutRun',
  metadata: { namespace: 'shop', name: `${subject}-${number}` },
  spec: {
    subject: {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      name: subject,
      uid: `uid-${subject}`,
    },
    revision: 'sha256:1',
    images: [],
    changedBy: null,
    strategy: 'canary',
    provider: 'kubernetes',
  },
  status: {
    phase: 'Progressing',
    step: 1,
    weights: { primary: 80, canary: 20, mirrored: false },
    steps: [],
    failedChecks: 0,
    unknownChecks: 0,
    reservations: [],
    conditions: [],
    ...status,
  },
});

it('names the hold of the newest run, by number and not by text', () => {
  const held = {
    gate: 'TrafficIncrease',
    since: '2026-01-01T00:00:00Z',
    reasons: ['freeze until 2026-01-01T01:00:00Z'],
    nextOpen: '2026-01-01T01:00:00Z',
  } as const;
  const rows = statusRows(
    [canary('web', { canaryWeight: 20, failedChecks: 1 })],
    [run('web', 10, { held: { ...held, reasons: [...held.reasons] } }), run('web', 9, {})],
  );
  expect(rows).toEqual([
    {
      namespace: 'shop',
      canary: 'web',
      phase: 'Progressing',
      weight: 20,
      failedChecks: 1,
      run: 'web-10',
      reason: 'held at TrafficIncrease: freeze until 2026-01-01T01:00:00Z',
      nextOpen: '2026-01-01T01:00:00Z',
    },
  ]);
});

it('shows an ended run by its outcome, a run of another uid not at all, and a new Canary as a dash', () => {
  const ended = run('web', 1, {
    phase: 'Failed',
    outcome: { reason: 'MetricsFailed', message: 'rolled back', at: '2026-01-01T00:00:00Z' },
  });
  const foreign = run('api', 3, {});
  foreign.spec.subject.uid = 'an earlier api';
  const rows = statusRows([canary('web', { phase: 'Failed' }), canary('api')], [ended, foreign]);
  expect(
    rows.map(({ canary: name, phase, run: last, reason }) => [name, phase, last, reason]),
  ).toEqual([
    ['api', '-', '-', ''],
    ['web', 'Failed', 'web-1', 'rolled back'],
  ]);
});

it('pads columns and trims line ends', () => {
  const text = formatRows(statusRows([canary('web', { canaryWeight: 5 })], []));
  expect(text.split('\n')).toEqual([
    'NAMESPACE   CANARY   PHASE         WEIGHT   FAILED   RUN   REASON',
    'shop        web      Progressing   5%       0        -',
  ]);
});
