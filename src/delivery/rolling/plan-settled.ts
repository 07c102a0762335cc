import type { RolloutRun, RolloutRunSpec } from '../../domain/run.ts';
import { complete, isCompleted, isStarted, isTerminal, runStatusOf } from '../run-status.ts';
import type { RollingPlan } from './action.ts';
import {
  isHeld,
  NOTHING,
  proceed,
  recorded,
  subjectOf,
  told,
  type RollingContext,
} from './plan-context.ts';

const PROVIDER = 'kubernetes';

/** No run is under way: finishes the last one, then looks for a change of the template. */
export function planSettled(context: RollingContext, last: RolloutRun | undefined): RollingPlan {
  const open = last === undefined ? undefined : unfinished(context, last);
  return open ?? good(context) ?? baseline(context) ?? refused(context, last) ?? change(context);
}

/** A run that has ended without success is over when its template is gone again. */
function unfinished(context: RollingContext, last: RolloutRun): RollingPlan | undefined {
  if (isCompleted(last)) return undefined;
  const { obs, now } = context;
  const status = runStatusOf(last);
  const isThere = obs.revision === last.spec.revision;
  const done = [recorded(complete(status, now)), { type: 'pruneRuns' } as const];
  if (status.phase === 'Succeeded') {
    const noted = isThere && obs.good[0] !== obs.revision ? [{ type: 'note' } as const] : [];
    return proceed(...noted, ...done);
  }
  // One that never began has left the pods as they were: it stays held, so that whoever wrote it sees it.
  const restores = isThere && isStarted(status);
  return proceed(...(restores ? [{ type: 'restore' } as const] : []), ...done);
}

/** What has run well before waits for nobody. */
function good(context: RollingContext): RollingPlan | undefined {
  const { obs } = context;
  if (!obs.good.includes(obs.revision)) return undefined;
  if (obs.held !== undefined) {
    const text = `${subjectOf(context)} goes back to a revision that has run well`;
    return proceed({ type: 'release' }, told('Normal', text));
  }
  if (obs.good[0] === obs.revision || obs.readiness.state !== 'ready') return NOTHING;
  return proceed({ type: 'note' });
}

/** A Deployment that comes under government as it runs has that as its first good revision. */
function baseline({ obs }: RollingContext): RollingPlan | undefined {
  if (obs.good.length > 0 || obs.runs.length > 0 || obs.held !== undefined || obs.paused) {
    return undefined;
  }
  return obs.readiness.state === 'ready' ? proceed({ type: 'note' }) : NOTHING;
}

/** A revision that has failed is not rolled out again because somebody applies it again. */
function refused(context: RollingContext, last: RolloutRun | undefined): RollingPlan | undefined {
  const { obs } = context;
  const before = obs.runs.findLast(({ spec }) => spec.revision === obs.revision);
  if (before === undefined || !isTerminal(before)) return undefined;
  const { phase, wanted, outcome } = runStatusOf(before);
  if (phase !== 'Failed' && phase !== 'Aborted') return undefined;
  if (before === last && wanted?.what === 'Retry') return undefined;
  const how = outcome?.reason ?? phase;
  const text = `${subjectOf(context)} is held: this revision has failed before (${how}, ${before.metadata.name}); retry it, or apply another one`;
  const once = told('Warning', text, `refused/${obs.revision}`);
  return isHeld(context) ? { actions: [once], again: false } : proceed({ type: 'hold' }, once);
}

function change(context: RollingContext): RollingPlan {
  const { obs } = context;
  const { apiVersion, kind, metadata } = obs.deployment;
  const spec: RolloutRunSpec = {
    subject: { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' },
    revision: obs.revision,
    images: obs.images,
    changedBy: obs.changedBy,
    strategy: 'rolling-update',
    provider: PROVIDER,
  };
  // Held first: until the gate has answered, no further pod of it may come up.
  const holding = isHeld(context) ? [] : [{ type: 'hold' } as const];
  return { ...proceed(...holding, { type: 'createRun', number: obs.nextRun, spec }) };
}
