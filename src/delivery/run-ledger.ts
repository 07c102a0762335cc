import type { ObjectCache } from '../domain/client.ts';
import { keyOf, keyText, parseKeyText } from '../domain/object.ts';
import type { RolloutRun, RolloutRunStatus } from '../domain/run.ts';
import { isTerminal, runStatusOf } from './run-status.ts';

/**
 * The runs of the cluster as the leader knows them: the copy, overlaid with what it has read, written and decided since.
 * Who asks a gate sees there what every other worker of this process has been granted, whether or not it is written yet.
 * Every method is synchronous, and a decision is claimed before the worker that asked lets another one run: so no two
 * of them are granted the same share of a budget.
 */
export interface RunLedger {
  /** Every run, in no order. */
  list(): readonly RolloutRun[];
  /**
   * A run as it stands in the cluster now; what was claimed for it before is void.
   * @param live the canary's share on the live route, percent: what counts when it is more than what is recorded
   */
  saw(run: RolloutRun, live?: number): void;
  /** What a run is about to record. */
  claim(run: RolloutRun, status: RolloutRunStatus): void;
  /** It does not ask for budgets now, whatever its record says: it keeps nobody waiting until it asks again. */
  leaveQueues(run: RolloutRun): void;
  /** Ends the subscription. */
  close(): void;
}

/** @param cache undefined where nobody watches runs: then only what was seen and claimed counts */
export function createRunLedger(cache: ObjectCache<RolloutRun> | undefined): RunLedger {
  const known = new Map<string, RolloutRun>();
  const keep = (run: RolloutRun): void => {
    const { uid } = run.metadata;
    if (uid !== undefined) known.set(uid, run);
  };
  const unsubscribe = cache?.subscribe((key) => {
    if (cache.get(parseKeyText(key)) !== undefined) return;
    for (const [uid, run] of known) if (keyText(keyOf(run)) === key) known.delete(uid);
  });
  return {
    list: () => {
      const runs = (cache?.list() ?? []).map((copy) => newest(copy, known));
      const copied = new Set(runs.map(({ metadata }) => metadata.uid));
      const others = [...known].filter(([uid]) => !copied.has(uid));
      // One that has ended takes nothing any more, and one that was deleted has ended before.
      for (const [uid, run] of others) if (isTerminal(run)) known.delete(uid);
      return [...runs, ...others.map(([, run]) => run)];
    },
    saw: (run, live = 0) => {
      keep(withLive(run, live));
    },
    claim: (run, status) => {
      keep({ ...run, status });
    },
    leaveQueues: ({ metadata }) => {
      const run = known.get(metadata.uid ?? '');
      const { held } = run?.status ?? {};
      if (run?.status === undefined || held?.budgets === undefined) return;
      const free = { ...held };
      delete free.budgets;
      keep({ ...run, status: { ...run.status, held: free } });
    },
    close: () => unsubscribe?.(),
  };
}

/** What the leader knows of a run is never older than the copy, because nobody else writes runs. */
function newest(copy: RolloutRun, known: Map<string, RolloutRun>): RolloutRun {
  const { uid = '' } = copy.metadata;
  const own = known.get(uid);
  if (own === undefined) return copy;
  if (isTerminal(own) && isTerminal(copy)) known.delete(uid);
  return own;
}

function withLive(run: RolloutRun, live: number): RolloutRun {
  const status = runStatusOf(run);
  if (isTerminal(run) || live <= status.weights.canary) return run;
  const weights = { ...status.weights, canary: live, primary: 100 - live };
  return { ...run, status: { ...status, weights } };
}
