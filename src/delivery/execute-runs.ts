import { keyOf, keyText } from '../domain/object.ts';
import type { RolloutRunStatus } from '../domain/run.ts';
import type { Action } from './action.ts';
import { releaseCopies } from './execute-configs.ts';
import type { Execution } from './execution.ts';
import { createRun, endAbandoned, pruneRuns, recordRun } from './runs.ts';

/** Actions on records of rollouts. */
type RunAction = Extract<
  Action,
  { type: 'createRun' | 'recordRun' | 'pruneRuns' | 'endStrayRuns' }
>;

const RUN_ACTIONS: readonly Action['type'][] = [
  'createRun',
  'recordRun',
  'pruneRuns',
  'endStrayRuns',
];

export function isRunAction(action: Action): action is RunAction {
  return RUN_ACTIONS.includes(action.type);
}

/** Carries out an action on the records of a Canary's rollouts. */
export async function actOnRuns(execution: Execution, action: RunAction): Promise<void> {
  const { deps, scene, signal } = execution;
  const access = { client: deps.client, signal };
  switch (action.type) {
    case 'createRun':
      execution.run = await createRun(access, execution.canary, action);
      return;
    case 'recordRun':
      return record(execution, action.status);
    case 'pruneRuns':
      await releaseCopies(execution);
      return pruneRuns(access, scene.runs, deps.config.historyLimit);
    case 'endStrayRuns':
      await endAbandoned(access, scene.strayRuns, deps.clock.now());
      deps.logger.info(
        { canary: keyText(keyOf(execution.canary)), runs: scene.strayRuns.length },
        'rollouts of an earlier canary of this name were ended',
      );
      return;
  }
}

async function record(execution: Execution, status: RolloutRunStatus): Promise<void> {
  const { deps, ledger, signal, run, canary } = execution;
  if (run === undefined) return;
  const observedGeneration = canary.metadata.generation ?? 0;
  execution.run = await recordRun({ client: deps.client, signal }, run, {
    ...status,
    observedGeneration,
  });
  ledger.saw(execution.run);
}
