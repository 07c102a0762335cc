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
  readonly kind: 'canary' | 'deployment' | 'run' | 'exception' | undefined;
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
  deploy: 'deployment',
  deployment: 'deployment',
  deployments: 'deployment',
  run: 'run',
  rrun: 'run',
  rolloutrun: 'run',
  rolloutruns: 'run',
  policyexception: 'exception',
  policyexceptions: 'exception',
  rpex: 'exception',
};

/**
 * Finds what an argument names: a Canary or a governed Deployment (its newest run is meant) or a run, or `canary/NAME`,
 * `deployment/NAME`, `run/NAME`, `policyexception/NAME`.
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
  const found = (wanted: Reference['kind'], run: RolloutRun | undefined): RolloutRun[] =>
    run === undefined || (kind ?? wanted) !== wanted ? [] : [run];
  const candidates = [
    ...found('canary', newest(runs, 'Canary', name)),
    ...found('deployment', newest(runs, 'Deployment', name)),
    ...found(
      'run',
      runs.find(({ metadata }) => metadata.name === name),
    ),
  ];
  const [run, ...others] = candidates;
  if (others.length > 0) {
    throw new SluiceError(
      'SLUICE_INPUT',
      `${name} names more than one of a Canary, a Deployment and a run: say canary/, deployment/ or run/`,
    );
  }
  if (run === undefined) {
    throw new Refusal(
      `namespace ${access.namespace} has no run of a Canary or Deployment ${name}, and none of that name`,
    );
  }
  return { kind: 'RolloutRun', run: usable(run, action) };
}

function parseReference(argument: string): Reference {
  const [first = '', second, ...rest] = argument.split('/');
  if (rest.length > 0 || first === '' || second === '') {
    throw new SluiceError(
      'SLUICE_INPUT',
      'name a Canary, a Deployment or a run, as NAME or KIND/NAME',
    );
  }
  if (second === undefined) return { kind: undefined, name: first };
  const word = first.toLowerCase().split('.')[0] ?? '';
  const kind = Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
  if (kind !== undefined) return { kind, name: second };
  throw new SluiceError(
    'SLUICE_UNKNOWN_NAME',
    `${first.slice(0, 63)} is not a kind that can be named here; known: canary, deployment, run, policyexception`,
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

/** The newest run of the subject; runs of earlier ones of that name are older. */
function newest(runs: readonly RolloutRun[], kind: string, name: string): RolloutRun | undefined {
  return runs
    .filter(({ spec }) => spec.subject.kind === kind && spec.subject.name === name)
    .sort((a, b) => numberOf(a) - numberOf(b))
    .at(-1);
}

function numberOf({ metadata }: RolloutRun): number {
  return Number(/-(\d+)$/.exec(metadata.name)?.[1] ?? 0);
}

/** A run that is over can be tried again, and a promotion be taken back; nothing else. */
function usable(run: RolloutRun, action: ApprovalAction): RolloutRun {
  const { phase = 'Pending', outcome } = run.status ?? {};
  const { name } = run.metadata;
  const isOver = TERMINAL_RUN_PHASES.has(phase);
  // Another controller's rollout, which waits for somebody's word, begins anew.
  const isFound = run.spec.takenOver !== undefined;
  if (action === 'Retry' && !isOver && !isFound) {
    throw new Refusal(`run ${name} is under way (${phase}): there is nothing to try again`);
  }
  const isUndone = action === 'Abort' && phase === 'Succeeded';
  if (action !== 'Retry' && isOver && !isUndone) {
    const how = outcome === undefined ? phase : `${phase}, ${outcome.reason}`;
    throw new Refusal(`no rollout is under way: run ${name} is over (${how})`);
  }
  return run;
}
