import { EXECUTOR_ANNOTATION, FLAGGER } from '../../delivery/executor-choice.ts';
import { ProblemError } from '../../delivery/problem.ts';
import type { Canary } from '../../domain/canary.ts';
import { ClusterError, isClusterError } from '../../domain/errors.ts';
import { keyOf } from '../../domain/object.ts';
import { RESOURCES } from '../../domain/resources.ts';
import { candidateOf, type Reading } from './candidate.ts';
import { initializing, isHandedBack, noteOn, objectionTo } from './objection.ts';

/** What came of one Canary. */
export interface Given {
  readonly namespace: string;
  readonly name: string;
  readonly outcome: 'handed back' | 'already' | 'refused';
  /** Why it was refused, or what deserves a word. */
  readonly message?: string;
}

/** Attempts when somebody else writes the Canary at the same time. */
const ATTEMPTS = 5;

/**
 * Hands one Canary back: marks it, so that Sluice leaves it alone, looks again, and makes Flagger begin anew with it. A
 * mark that came too late, because a rollout had begun meanwhile, is taken away again.
 * @param now milliseconds since the Unix epoch
 */
export async function give(
  reading: Reading,
  canary: Canary,
  { isDryRun, now }: { isDryRun: boolean; now: () => number },
): Promise<Given> {
  const { name, namespace = 'default' } = canary.metadata;
  const said = (outcome: Given['outcome'], message?: string): Given => ({
    namespace,
    name,
    outcome,
    ...(message === undefined ? {} : { message }),
  });
  if (isHandedBack(canary)) return said('already');
  try {
    const first = await candidateOf(reading, canary);
    const objection = objectionTo(first);
    if (objection !== undefined) return said('refused', objection);
    if (isDryRun) return said('handed back', noteOn(first));
    const late = await retried(() => handOver(reading, canary, now));
    return late === undefined ? said('handed back', noteOn(first)) : said('refused', late);
  } catch (error) {
    if (error instanceof ProblemError) return said('refused', error.problem.message);
    if (error instanceof ClusterError && !error.retryable) return said('refused', error.message);
    throw error;
  }
}

/** @returns why not, when something has begun meanwhile */
async function handOver(
  reading: Reading,
  canary: Canary,
  now: () => number,
): Promise<string | undefined> {
  const { client, signal } = reading;
  await mark(reading, canary, FLAGGER);
  const marked = await client.get<Canary>(RESOURCES.canaries, keyOf(canary), { signal });
  if (marked === undefined) return 'it was deleted';
  const objection = objectionTo(await candidateOf(reading, marked));
  if (objection !== undefined) {
    await mark(reading, canary, null);
    return objection;
  }
  const status = initializing(marked, now());
  await client.replaceStatus(RESOURCES.canaries, { ...marked, status }, { signal });
  return undefined;
}

function mark(
  { client, signal }: Reading,
  canary: Canary,
  executor: string | null,
): Promise<unknown> {
  const body = { metadata: { annotations: { [EXECUTOR_ANNOTATION]: executor } } };
  const patch = { type: 'merge', body } as const;
  return client.patch(RESOURCES.canaries, keyOf(canary), patch, { signal });
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isClusterError(error, 'Conflict') || attempt >= ATTEMPTS) throw error;
    }
  }
}
