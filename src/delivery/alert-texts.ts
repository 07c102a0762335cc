import type { RolloutRunStatus } from '../domain/run.ts';
import type { AlertAction } from './action.ts';
import { PROMOTION_FAILED } from './plan-promotion.ts';
import { SKIPPED } from './realise.ts';
import { ABORTED, GATE_TIMEOUT } from './run-status.ts';

interface Text {
  readonly severity: AlertAction['severity'];
  readonly text: (status: RolloutRunStatus, message: string) => string;
}

const DEADLINE: Text = {
  severity: 'error',
  text: (_status, message) => `Progress deadline exceeded ${message}`,
};
const CALLED_OFF: Text = {
  severity: 'warn',
  text: (_status, message) => `Rolling back ${message}`,
};
const OTHER: Text = { severity: 'error', text: (_status, message) => `Rolling back ${message}` };

/** What is said of a failed run by its outcome, in Flagger's words where it has them. */
const FAILURES: ReadonlyMap<string, Text> = new Map<string, Text>([
  [
    'FailedChecks',
    {
      severity: 'error',
      text: ({ failedChecks }) => `Failed checks threshold reached ${failedChecks}`,
    },
  ],
  [
    'NoData',
    {
      severity: 'error',
      text: ({ unknownChecks }) => `Failed checks threshold reached ${unknownChecks}`,
    },
  ],
  ['RollbackHook', { severity: 'warn', text: () => 'Rolling back manual webhook invoked' }],
  ['ProgressDeadlineExceeded', DEADLINE],
  ['PrimaryNotReady', DEADLINE],
  [
    PROMOTION_FAILED,
    {
      severity: 'error',
      text: (_status, message) => `Promotion failed, primary not ready: ${message}`,
    },
  ],
  [ABORTED, CALLED_OFF],
  [GATE_TIMEOUT, CALLED_OFF],
  ['Rejected', CALLED_OFF],
]);

/**
 * The alert about how a run ended.
 * @param status with the run's outcome
 * @returns undefined for an end that another run follows, or that nobody needs to hear of
 */
export function endAlert(status: RolloutRunStatus): AlertAction | undefined {
  const { phase, outcome } = status;
  const reason = outcome?.reason ?? '';
  if (phase === 'Succeeded') return tell('info', successText(reason));
  const isCalledOff = phase === 'Aborted' && FAILURES.has(reason);
  if (phase !== 'Failed' && !isCalledOff) return undefined;
  const { severity, text } = FAILURES.get(reason) ?? OTHER;
  return tell(severity, text(status, outcome?.message ?? ''));
}

function successText(reason: string): string {
  return reason === SKIPPED
    ? 'Canary analysis was skipped, promotion finished.'
    : 'Canary analysis completed successfully, promotion finished.';
}

function tell(severity: AlertAction['severity'], text: string): AlertAction {
  return { type: 'alert', severity, text, fields: false };
}
