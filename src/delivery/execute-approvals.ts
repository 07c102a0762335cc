import type { Approval } from '../domain/approval.ts';
import { isClusterError } from '../domain/errors.ts';
import { keyOf, keyText } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { Execution } from './execution.ts';
import { instant } from './run-status.ts';

/**
 * Writes into an Approval what came of it, unless that stands there already or the Approval is gone. A refusal by the
 * API server is told and left: the run's record keeps the Approval from being acted upon again.
 */
export async function consume(
  { deps, approvals, signal }: Pick<Execution, 'deps' | 'approvals' | 'signal'>,
  approval: Approval,
  outcome: string,
): Promise<void> {
  const { uid } = approval.metadata;
  try {
    const live = await deps.client.get<Approval>(RESOURCES.approvals, keyOf(approval), { signal });
    if (live !== undefined && live.metadata.uid === uid && live.status?.consumed === undefined) {
      const consumed = { at: instant(deps.clock.now()), outcome };
      const status = {
        ...live.status,
        observedGeneration: live.metadata.generation ?? 0,
        consumed,
      };
      const next: Approval = { ...live, status };
      await deps.client.replaceStatus(RESOURCES.approvals, next, { signal });
    }
  } catch (error) {
    if (!isClusterError(error, 'Forbidden') && !isClusterError(error, 'NotFound')) throw error;
    const fields = { approval: keyText(keyOf(approval)), reason: error.reason };
    deps.logger.warn(fields, 'what came of an approval could not be written into it');
  }
  approvals.marked(uid);
}
