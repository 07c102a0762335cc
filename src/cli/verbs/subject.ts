import type { ApprovalAction } from '../../domain/approval.ts';
import type { ObjectClient } from '../../domain/client.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { PolicyException } from '../../domain/exception.ts';
import { RESOURCES } from '../../domain/resources.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun } from '../../domain/run.ts';
import { Refusal } from './refusal.ts';

/** What a verb is about: a run, or an exception. */
export type Subject =
  | { readonly kind: 'RolloutRun'; readonly run: RolloutRun }
  | { readonly kind: 'PolicyException'; readonly exception: PolicyException };

/** What the argument names. */
interface Reference {
  readonly kind: 'canary' | 'run' | 'exception' | undefined;
  readonly name: string;
}

interface Access {
  readonly client: ObjectClient;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

const KINDS: Readonly<Record<string, Reference['kind']>> = {
  canary: 'canary',
  canaries: 'canary',
  run: 'run',
  rrun: 'run',
  rolloutrun: 'run',
  rolloutruns: 'run',
  policyexception: 'exception',
  policyexceptions: 'exception',
  rpex: 'exception',
};

/**
 * Finds what an argument names: a Canary (its newest run is meant) or a run, or `canary/NAME`, `run/NAME`,
 * `policyexception/NAME`.
 * @throws SluiceError SLUICE_INPUT when it names nothing that the verb is for; Refusal when there is no such object, or
 *   no rollout under way
 */
export async function findSubject(
  argument: string,
  action: ApprovalAction,
  access: Access,
): Promise<Subject> {
  const { kind, name } = parseReference(argument);
  if (kind === 'exception') return findException(name, action, access);
  const runs = await runsOf(access);
  const named = kind === 'canary' ? undefined : runs.find(({ metadata }) => metadata.name === name);
  const ofCanary = kind === 'run' ? undefined : newest(runs, name);
  if (named !== undefined && ofCanary !== undefined) {
    throw new SluiceError('SLUICE_INPUT', `${name} is a Canary and a run: say canary/ or run/`);
  }
  const run = named ?? ofCanary;
  if (run === undefined) {
    throw new Refusal(
      `namespace ${access.namespace} has no run of a Canary ${name}, and none of that name`,
    );
  }
  return { kind: 'RolloutRun', run: usable(run, action) };
}

function parseReference(argument: string): Reference {
  const [first = '', second, ...rest] = argument.split('/');
  if (rest.length > 0 || first === '' || second === '') {
    throw new SluiceError('SLUICE_INPUT', 'name a Canary or a run, as NAME or KIND/NAME');
  }
  if (second === undefined) return { kind: undefined, name: first };
  const word = first.toLowerCase().split('.')[0] ?? '';
  const kind = Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
  if (kind !== undefined) return { kind, name: second };
  throw new SluiceError(
    'SLUICE_UNKNOWN_NAME',
    `${first.slice(0, 63)} is not a kind that can be named here; known: canary, run, policyexception`,
  );
}

async function findException(
  name: string,
  action: ApprovalAction,
  { client, namespace, signal }: Access,
): Promise<Subject> {
  if (action !== 'Approve' && action !== 'Reject') {
    throw new SluiceError('SLUICE_INPUT', 'an exception can be approved and rejected only');
  }
  const key = { namespace, name };
  const exception = await client.get<PolicyException>(RESOURCES.policyExceptions, key, { signal });
  if (exception !== undefined) return { kind: 'PolicyException', exception };
  throw new Refusal(`namespace ${namespace} has no PolicyException ${name}`);
}

async function runsOf({ client, namespace, signal }: Access): Promise<readonly RolloutRun[]> {
  const { listAll } = await import('../../kube/list-all.ts');
  const scope = { namespace, limit: 500, signal };
  return (await listAll<RolloutRun>(client, RESOURCES.rolloutRuns, scope)).items;
}

/** The newest run of the Canary; runs of earlier Canaries of that name are older. */
function newest(runs: readonly RolloutRun[], canary: string): RolloutRun | undefined {
  return runs
    .filter(({ spec }) => spec.subject.kind === 'Canary' && spec.subject.name === canary)
    .sort((a, b) => numberOf(a) - numberOf(b))
    .at(-1);
}

function numberOf({ metadata }: RolloutRun): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? 0);
}

/** A run that is over can be tried again, and nothing else. */
function usable(run: RolloutRun, action: ApprovalAction): RolloutRun {
  const { phase = 'Pending', outcome } = run.status ?? {};
  const { name } = run.metadata;
  const isOver = TERMINAL_RUN_PHASES.has(phase);
  if (action === 'Retry' && !isOver) {
    throw new Refusal(`run ${name} is under way (${phase}): there is nothing to try again`);
  }
  if (action !== 'Retry' && isOver) {
    const how = outcome === undefined ? phase : `${phase}, ${outcome.reason}`;
    throw new Refusal(`no rollout is under way: run ${name} is over (${how})`);
  }
  return run;
}
