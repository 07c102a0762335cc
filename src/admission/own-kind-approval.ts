import type { Approval, ApprovalSpec } from '../domain/approval.ts';
import type { UserInfo } from '../domain/decision.ts';
import type { PolicyException } from '../domain/exception.ts';
import { approval } from '../domain/schemas/approval.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun } from '../domain/run.ts';
import { isTowardSafeAction, needsAnotherPerson } from '../governance/approvals.ts';
import { hasPassed } from '../domain/expiry.ts';
import { isSameUser, mayVouch } from '../governance/identity.ts';
import { schemaIssues } from '../policy/schema-issues.ts';
import { isCurrent, type GovernanceChecks } from './governance-checks.ts';
import {
  GROUP,
  forbidden,
  invalid,
  specOf,
  unknown,
  type OwnKindChecks,
  type OwnKindProblem,
} from './own-kind-problem.ts';
import type { Review } from './review-codec.ts';

/** Plural of the kinds that an approval may be about. */
const RESOURCES = { RolloutRun: 'rolloutruns', PolicyException: 'policyexceptions' } as const;

/** What an approval is checked with. */
interface Asked {
  readonly spec: ApprovalSpec;
  readonly namespace: string;
  readonly user: UserInfo;
  readonly isSafe: boolean;
}

/**
 * What speaks against an Approval: its form, its subject, who says it. What only makes things safer needs the right to
 * say it and nothing else that could be unknown.
 */
export function approvalProblem(review: Review, checks: OwnKindChecks): OwnKindProblem | undefined {
  const { request, object } = review;
  const schema = approval.properties['spec'];
  const broken = schema === undefined ? [] : schemaIssues(schema, specOf(object) ?? null, 'spec');
  if (broken.length > 0) return invalid(broken.map(({ field, message }) => `${field}: ${message}`));
  const { spec } = object as unknown as Approval;
  const asked: Asked = {
    spec,
    namespace: request.namespace ?? '',
    user: request.userInfo,
    isSafe: isTowardSafeAction(spec.action),
  };
  return (
    invalid(meaningIssues(spec, checks.governance?.now())) ??
    rightProblem(asked, checks) ??
    personProblem(asked, checks) ??
    subjectProblem(asked, checks)
  );
}

/**
 * What is wrong with an Approval that is written now, whoever writes it.
 * @param now milliseconds since the Unix epoch; absent: its end is not looked at
 */
export function meaningIssues(spec: ApprovalSpec, now?: number): readonly string[] {
  const { subject, action, scope, expiresAt } = spec;
  const fits = subject.kind === 'RolloutRun' || ['Approve', 'Reject'].includes(action);
  const isScoped = scope !== undefined;
  const mayScope = action === 'Approve' && subject.kind === 'RolloutRun';
  const isPast =
    now !== undefined &&
    expiresAt !== undefined &&
    hasPassed(expiresAt, new Date(now).toISOString());
  return [
    ...(fits ? [] : ['spec.action: a PolicyException can be approved or rejected only']),
    ...(isScoped && !mayScope ? ['spec.scope: belongs to the approval of a RolloutRun'] : []),
    ...(isPast ? ['spec.expiresAt: must be in the future'] : []),
  ];
}

/** The verb of the action, on the subject. */
function rightProblem(
  { spec, namespace, user }: Asked,
  { access }: OwnKindChecks,
): OwnKindProblem | undefined {
  const { subject, action } = spec;
  const verb = action.toLowerCase();
  const resource = RESOURCES[subject.kind];
  const question = { verb, group: GROUP, resource, namespace, name: subject.name };
  const answer = access?.({ user, question });
  if (answer?.decision === 'allow') return undefined;
  const right = `"${verb}" on ${resource}.${GROUP} in namespace ${namespace}`;
  if (answer === undefined || answer.error !== undefined) {
    return unknown(`whether you may ${right} could not be asked; try again`);
  }
  return forbidden(`you need the right to ${right}`);
}

/** Whether a certain person says it, where one is needed. */
function personProblem(
  { user, isSafe }: Asked,
  { governance }: OwnKindChecks,
): OwnKindProblem | undefined {
  if (isSafe || governance === undefined || mayVouch(user, governance.rules.identities)) {
    return undefined;
  }
  return forbidden(
    'ServiceAccounts and members of system:masters stand for no certain person: they may not say this unless --machine-approvers lists them',
  );
}

function subjectProblem(asked: Asked, { governance }: OwnKindChecks): OwnKindProblem | undefined {
  if (governance === undefined) return undefined;
  const key = { namespace: asked.namespace, name: asked.spec.subject.name };
  return asked.spec.subject.kind === 'RolloutRun'
    ? runProblem(asked, governance.runs.get(key), governance)
    : exceptionProblem(asked, governance.exceptions.get(key), governance);
}

function runProblem(
  asked: Asked,
  run: RolloutRun | undefined,
  governance: GovernanceChecks,
): OwnKindProblem | undefined {
  const { spec, user, isSafe } = asked;
  const isFresh = isCurrent(governance.runs, governance);
  // What is safe is not kept back because something is not known.
  if (isSafe && !isFresh) return undefined;
  const missing = missingProblem(asked, run, isFresh);
  if (missing !== undefined || run === undefined) return missing;
  return (
    phaseProblem(spec, run) ??
    (needsAnotherPerson(spec.action) && isSameUser(user, run.spec.changedBy)
      ? forbidden(`the change is your own: somebody else must ${spec.action.toLowerCase()} it`)
      : undefined)
  );
}

/** A failed run can be retried, one that was promoted aborted, and one that is under way anything else. */
function phaseProblem(
  { action }: ApprovalSpec,
  { metadata, spec, status }: RolloutRun,
): OwnKindProblem | undefined {
  const phase = status?.phase ?? 'Pending';
  const isOver = TERMINAL_RUN_PHASES.has(phase);
  if (action !== 'Retry') {
    const isUndone = action === 'Abort' && phase === 'Succeeded';
    return isOver && !isUndone
      ? invalid([`spec.subject: run ${metadata.name} is over`])
      : undefined;
  }
  // Another controller's rollout, which waits for somebody's word, begins anew.
  const isFound = !isOver && spec.takenOver !== undefined;
  return isFound || (isOver && phase !== 'Succeeded')
    ? undefined
    : invalid([`spec.action: run ${metadata.name} has not failed, there is nothing to retry`]);
}

function exceptionProblem(
  asked: Asked,
  exception: PolicyException | undefined,
  governance: GovernanceChecks,
): OwnKindProblem | undefined {
  const isFresh = isCurrent(governance.exceptions, governance);
  if (asked.isSafe && !isFresh) return undefined;
  const missing = missingProblem(asked, exception, isFresh);
  if (missing !== undefined || exception === undefined) return missing;
  const { requestedBy } = exception.spec;
  if (asked.spec.action === 'Approve' && isSameUser(asked.user, requestedBy)) {
    return forbidden('the exception is your own: somebody else must approve it');
  }
  return undefined;
}

/** Whether the very subject that is meant exists. */
function missingProblem(
  { spec, namespace }: Asked,
  found: RolloutRun | PolicyException | undefined,
  isFresh: boolean,
): OwnKindProblem | undefined {
  const { kind, name, uid } = spec.subject;
  if (found?.metadata.uid === uid) return undefined;
  if (!isFresh) return unknown(`the copy of ${kind} objects is too old to say; try again`);
  const what = `${kind} ${namespace}/${name}`;
  return invalid([
    found === undefined
      ? `spec.subject: there is no ${what}`
      : `spec.subject.uid: the ${what} that there is now has another uid`,
  ]);
}
