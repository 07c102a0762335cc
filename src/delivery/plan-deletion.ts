import { proceed, waitFor, type Plan } from './action.ts';
import { withFields } from './canary-status.ts';
import { FINALIZER } from './names.ts';
import { notReady, type PlanContext } from './plan-context.ts';
import { isScaledUp } from './scale.ts';

/**
 * A Canary that is being deleted. With `revertOnDeletion` the target first gets the primary's size and must be ready,
 * then a Service that was there before us selects it again; only then the finalizer goes.
 */
export function planDeletion(context: PlanContext): Plan {
  const { obs, now, spec } = context;
  const { canary, target, primary } = obs;
  if (!(canary.metadata.finalizers ?? []).includes(FINALIZER)) return { actions: [], again: false };
  const release = { type: 'finalizer', present: false } as const;
  if (canary.spec.revertOnDeletion !== true || target === undefined) return proceed(release);
  if (obs.status.phase !== 'Terminating') {
    const status = withFields(obs.status, { phase: 'Terminating' }, obs.targetKind, now);
    return proceed({ type: 'writeStatus', status });
  }
  const wanted = Math.max(1, primary?.replicas ?? 1);
  if (!isScaledUp(obs)) return proceed({ type: 'scaleTarget', replicas: wanted });
  if (target.readiness.state !== 'ready') {
    const where = `${obs.names.target}.${obs.names.namespace}`;
    return notReady(context, `${where} not ready: ${target.readiness.message}`, 'revert');
  }
  return waitFor(spec.intervalMs, { type: 'restoreApex' }, release);
}
