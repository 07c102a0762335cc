import type { RolloutRunStatus } from '../domain/run.ts';
import type { AlertAction } from './action.ts';
import { PROMOTION_FAILED } from './plan-promotion.ts';
import { SKIPPED } from './realise.ts';
import { ABORTED } from './run-status.ts';

/**
 * The alert about how a run ended, in Flagger's words where it has them.
 * @param status with the run's outcome
 * @returns undefined for an end that another run follows, or that nobody needs to hear of
 */
export function endAlert(status: RolloutRunStatus): AlertAction | undefined {
  switch (status.phase) {
    case 'Succeeded':
      return tell('info', successText(status));
    case 'Failed':
      return failure(status);
    case 'Aborted':
      return status.outcome?.reason === ABORTED ? failure(status) : undefined;
    case 'Superseded':
    case 'Pending':
    case 'Held':
    case 'Progressing':
    case 'Promoting':
    case 'Finalising':
      return undefined;
  }
}

function successText({ outcome }: RolloutRunStatus): string {
  return outcome?.reason === SKIPPED
    ? 'Canary analysis was skipped, promotion finished.'
    : 'Canary analysis completed successfully, promotion finished.';
}

function failure(status: RolloutRunStatus): AlertAction {
  const { reason = '', message = '' } = status.outcome ?? {};
  switch (reason) {
    case 'FailedChecks':
      return tell('error', `Failed checks threshold reached ${status.failedChecks}`);
    case 'NoData':
      return tell('error', `Failed checks threshold reached ${status.unknownChecks}`);
    case 'RollbackHook':
      return tell('warn', 'Rolling back manual webhook invoked');
    case 'ProgressDeadlineExceeded':
    case 'PrimaryNotReady':
      return tell('error', `Progress deadline exceeded ${message}`);
    case PROMOTION_FAILED:
      return tell('error', `Promotion failed, primary not ready: ${message}`);
    case ABORTED:
    case 'Rejected':
      return tell('warn', `Rolling back ${message}`);
    default:
      return tell('error', `Rolling back ${message}`);
  }
}

function tell(severity: AlertAction['severity'], text: string): AlertAction {
  return { type: 'alert', severity, text, fields: false };
}
