import { createHash } from 'node:crypto';
import type { ListPage, ObjectClient } from '../domain/client.ts';
import { isClusterError, SluiceError } from '../domain/errors.ts';
import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { RolloutRun, RolloutRunSpec, RolloutRunStatus } from '../domain/run.ts';
import { end, isCompleted, isTerminal, runStatusOf } from './run-status.ts';

/** Label by which a subject's runs are found; its value is the subject's name, or a digest of a name over 63 bytes. */
export const SUBJECT_LABEL = 'sluice.dev/subject';

const MAX_LABEL_LENGTH = 63;
const MAX_NAME_LENGTH = 253;
const CREATE_ATTEMPTS = 20;
const PAGE = 100;

/** The runs of one subject, oldest first, and the number that the next one gets. */
export interface Runs {
  /** Those of this very object (by uid). */
  readonly own: readonly RolloutRun[];
  /** Open ones of an earlier Canary of the same name. */
  readonly strays: readonly RolloutRun[];
  readonly next: number;
}

interface Access {
  readonly client: ObjectClient;
  readonly signal: AbortSignal;
}

/**
 * Lists the runs of a Canary or Deployment. Numbers go on after those of an earlier one with the same name.
 * @param uid the subject's
 */
export async function listRuns(
  access: Access,
  subject: { namespace: string; name: string; uid: string },
): Promise<Runs> {
  const all = await allRuns(access, subject);
  const own = all.filter(({ spec }) => spec.subject.uid === subject.uid);
  own.sort((a, b) => numberOf(a) - numberOf(b));
  const strays = all.filter((run) => !own.includes(run) && isOpenOf(run, 'Canary'));
  return { own, strays, next: Math.max(0, ...all.map(numberOf)) + 1 };
}

async function allRuns(
  { client, signal }: Access,
  subject: { namespace: string; name: string },
): Promise<RolloutRun[]> {
  const { namespace } = subject;
  const labelSelector = `${SUBJECT_LABEL}=${labelOf(subject.name)}`;
  const all = await pages((continueToken) =>
    client.list<RolloutRun>(RESOURCES.rolloutRuns, {
      namespace,
      labelSelector,
      limit: PAGE,
      ...continueToken,
      signal,
    }),
  );
  return all.filter(({ spec }) => spec.subject.name === subject.name);
}

async function pages(
  read: (continueToken: { continueToken?: string }) => Promise<ListPage<RolloutRun>>,
): Promise<RolloutRun[]> {
  const all: RolloutRun[] = [];
  let token: { continueToken?: string } = {};
  for (;;) {
    const { items, continueToken = '' } = await read(token);
    all.push(...items);
    if (continueToken === '') return all;
    token = { continueToken };
  }
}

/**
 * Reads every run.
 * @param namespace only of this namespace; '' means all
 */
export async function everyRun(
  { client, signal }: Access,
  namespace: string,
): Promise<RolloutRun[]> {
  const scope = namespace === '' ? {} : { namespace };
  return pages((continueToken) =>
    client.list<RolloutRun>(RESOURCES.rolloutRuns, {
      ...scope,
      ...continueToken,
      limit: 500,
      signal,
    }),
  );
}

/**
 * Ends the runs that were under way for a Canary, or another kind of subject, that is gone.
 * @returns those that it ended
 */
export async function abandonRuns(
  access: Access,
  subject: { namespace: string; name: string; kind?: string },
  now: number,
): Promise<readonly RolloutRun[]> {
  const { kind = 'Canary' } = subject;
  const open = (await allRuns(access, subject)).filter((run) => isOpenOf(run, kind));
  await endAbandoned(access, open, now);
  return open;
}

/** Ends runs whose subject was deleted; one that went with it needs no end. */
export async function endAbandoned(
  access: Access,
  runs: readonly RolloutRun[],
  now: number,
): Promise<void> {
  for (const run of runs) {
    const message = `the ${run.spec.subject.kind} was deleted`;
    const last = { phase: 'Aborted', reason: 'SubjectDeleted', message, completed: true } as const;
    const status = runStatusOf(run);
    try {
      await recordRun(access, run, end(status, { ...last, weights: status.weights }, now));
    } catch (error) {
      if (!isClusterError(error, 'NotFound')) throw error;
    }
  }
}

/** Runs of other kinds of subjects of the same name share the label. */
function isOpenOf(run: RolloutRun, kind: string): boolean {
  return run.spec.subject.kind === kind && !isTerminal(run);
}

/**
 * Creates the record of a change. A run that exists already for the same change is that record; a name that belongs to
 * another change leads to the next number.
 */
export async function createRun(
  { client, signal }: Access,
  subject: KubeObject,
  run: { number: number; spec: RolloutRunSpec },
): Promise<RolloutRun> {
  const { name, namespace = 'default' } = subject.metadata;
  for (let number = run.number; number < run.number + CREATE_ATTEMPTS; number++) {
    const object: RolloutRun = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'RolloutRun',
      metadata: {
        name: runNameOf(name, number),
        namespace,
        labels: { [SUBJECT_LABEL]: labelOf(name) },
      },
      spec: run.spec,
    };
    try {
      return await client.create(RESOURCES.rolloutRuns, object, { signal });
    } catch (error) {
      if (!isClusterError(error, 'AlreadyExists')) throw error;
      const key = { namespace, name: object.metadata.name };
      const found = await client.get<RolloutRun>(RESOURCES.rolloutRuns, key, { signal });
      if (found !== undefined && isSameChange(found, run.spec) && !isCompleted(found)) return found;
    }
  }
  throw new SluiceError('SLUICE_CLUSTER', 'no free name for a RolloutRun', { retryable: true });
}

/** Writes a run's status, provided that nobody else has written it since it was read. */
export function recordRun(
  { client, signal }: Access,
  run: RolloutRun,
  status: RolloutRunStatus,
): Promise<RolloutRun> {
  return client.replaceStatus(RESOURCES.rolloutRuns, { ...run, status }, { signal });
}

/**
 * Deletes the oldest completed runs beyond the limit.
 * @param limit runs kept, >= 1
 */
export async function pruneRuns(
  { client, signal }: Access,
  runs: readonly RolloutRun[],
  limit: number,
): Promise<void> {
  const surplus = runs.slice(0, Math.max(0, runs.length - Math.max(1, limit)));
  for (const run of surplus.filter(isCompleted)) {
    const { name, namespace, uid } = run.metadata;
    const key = namespace === undefined ? { name } : { namespace, name };
    const options = uid === undefined ? { signal } : { uid, signal };
    try {
      await client.delete(RESOURCES.rolloutRuns, key, options);
    } catch (error) {
      // Somebody made another object of that name: it is not ours to delete.
      if (!isClusterError(error, 'Conflict')) throw error;
    }
  }
}

/** `<subject>-<n>`; a name that would be too long is cut and gets a digest of the whole. */
function runNameOf(subject: string, number: number): string {
  const suffix = `-${number}`;
  if (subject.length + suffix.length <= MAX_NAME_LENGTH) return `${subject}${suffix}`;
  const digest = shortDigest(subject);
  const kept = MAX_NAME_LENGTH - suffix.length - digest.length - 1;
  return `${subject.slice(0, kept)}-${digest}${suffix}`;
}

function numberOf(run: RolloutRun): number {
  const found = /-(\d{1,9})$/.exec(run.metadata.name);
  return found === null ? 0 : Number(found[1]);
}

/** A subject's name as a label's value. */
export function labelOf(name: string): string {
  return name.length <= MAX_LABEL_LENGTH ? name : shortDigest(name);
}

function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function isSameChange(run: RolloutRun, spec: RolloutRunSpec): boolean {
  return run.spec.subject.uid === spec.subject.uid && run.spec.revision === spec.revision;
}
