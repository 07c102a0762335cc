import type { Facts, Verdict, Violation, WindowFact } from '../domain/decision.ts';
import {
  GATES,
  type ControlReference,
  type RolloutPolicyBinding,
  type ValidationAction,
} from '../domain/policy.ts';
import type { Failure } from './evaluate-active.ts';

const STRICTEST: readonly ValidationAction[] = ['Deny', 'Hold', 'Warn', 'Audit'];

/** The actions of a binding; Deny when it names none. */
export function actionsOf(binding: RolloutPolicyBinding | undefined): readonly ValidationAction[] {
  const actions = binding?.spec.validationActions ?? [];
  return actions.length === 0 ? ['Deny'] : actions;
}

/** The first of Deny, Hold, Warn and Audit that is listed. */
export function strictestAction(actions: readonly ValidationAction[]): ValidationAction {
  return STRICTEST.find((action) => actions.includes(action)) ?? 'Deny';
}

/**
 * A failure as violation. What cannot be configured, and an audit annotation that fails, denies whatever the binding says,
 * as in ValidatingAdmissionPolicy.
 * @param bindings of the policy
 */
export function violationOf(
  failure: Failure,
  bindings: readonly RolloutPolicyBinding[],
): Violation {
  const { compiled, binding, validation, isError } = failure;
  const { spec } = compiled.policy;
  const remediation = validation?.validation.remediation ?? spec.remediation;
  return {
    policy: compiled.name,
    generation: compiled.generation,
    digest: compiled.digest,
    binding: binding?.metadata.name ?? '',
    validation: validation?.label ?? '',
    action: actionOf(failure, bindings),
    message: failure.message,
    reason: failure.reason === '' ? 'Invalid' : failure.reason,
    ...(isError ? { error: true } : {}),
    ...(failure.isMutation === true ? { mutation: true } : {}),
    ...adviceOf(remediation, spec.standards),
  };
}

function actionOf(
  { kind, binding }: Failure,
  bindings: readonly RolloutPolicyBinding[],
): ValidationAction {
  if (kind === 'configuration' || kind === 'auditAnnotation') return 'Deny';
  const concerned = binding === undefined ? bindings : [binding];
  return strictestAction(concerned.flatMap((each) => actionsOf(each)));
}

function adviceOf(
  remediation: string | undefined,
  standards: readonly ControlReference[] | undefined,
): Pick<Violation, 'remediation' | 'standards'> {
  return {
    ...(remediation === undefined || remediation === '' ? {} : { remediation }),
    ...(standards === undefined ? {} : { standards }),
  };
}

/** Closed change windows; they hold at gates only. */
export function windowViolations({ callSite, windows }: Facts): readonly Violation[] {
  if (!isGate(callSite)) return [];
  return windows.filter(({ open }) => !open).map(windowViolation);
}

function windowViolation({ namespace, name, reason, nextOpen }: WindowFact): Violation {
  const until = nextOpen === undefined ? 'no opening is known' : `it opens at ${nextOpen}`;
  return {
    policy: `ChangeWindow/${namespace}/${name}`,
    generation: 0,
    digest: '',
    binding: '',
    validation: '',
    action: 'Hold',
    message: `change window ${namespace}/${name} is closed: ${reason}; ${until}`,
    reason: 'Forbidden',
    ...(nextOpen === undefined ? {} : { nextOpen }),
  };
}

/** Without these nothing is let through that would be with them: an old copy counts as none, and stops nobody. */
const LOOSENING_KINDS: readonly string[] = ['Approval', 'PolicyException'];

/** Kinds whose copy was too old to decide on, or that parameters are of and that is not watched. */
export function freshnessViolations({ freshness }: Facts): readonly Violation[] {
  return Object.keys(freshness)
    .filter((kind) => freshness[kind] !== 'fresh' && !LOOSENING_KINDS.includes(kind))
    .sort()
    .map((kind) => ({
      policy: `Freshness/${kind}`,
      generation: 0,
      digest: '',
      binding: '',
      validation: '',
      action: 'Deny',
      message:
        freshness[kind] === 'unconfigured'
          ? unconfigured(kind)
          : `the copy of ${kind} objects is missing or too old to decide on`,
      reason: 'ServiceUnavailable',
      error: true,
    }));
}

function unconfigured(kind: string): string {
  return kind === 'Secret'
    ? 'a Secret cannot be a parameter'
    : `${kind} objects are not watched as parameters: name the kind in --param-kinds`;
}

/** Whether the moment is a gate of a rollout. */
export function isGate(callSite: Facts['callSite']): boolean {
  return (GATES as readonly string[]).includes(callSite);
}

/** A change toward safety is recorded as it is, but nothing stands in its way (design §2.2). */
export function letThrough(violation: Violation): Violation {
  const blocks = violation.action === 'Deny' || violation.action === 'Hold';
  return blocks ? { ...violation, action: 'Audit' } : violation;
}

/**
 * What the violations lead to: the strictest action wins. At a gate Deny and Hold are `hold`. Elsewhere both deny;
 * `error` stands for a denial that only errors, and no false expression, have led to.
 */
export function verdictOf(violations: readonly Violation[], callSite: Facts['callSite']): Verdict {
  const blocking = violations.filter(({ action }) => action === 'Deny' || action === 'Hold');
  if (blocking.length > 0) {
    if (isGate(callSite)) return 'hold';
    return blocking.every(({ error }) => error === true) ? 'error' : 'deny';
  }
  return violations.some(({ action }) => action === 'Warn') ? 'warn' : 'allow';
}

/** The first instant at which no violation of those that time decides holds any more; undefined when one never ends. */
export function nextOpenOf(violations: readonly Violation[]): string | undefined {
  const timed = violations.filter(({ policy }) => policy.startsWith('ChangeWindow/'));
  let latest: string | undefined;
  for (const { nextOpen } of timed) {
    if (nextOpen === undefined) return undefined;
    if (latest === undefined || Temporal.Instant.compare(nextOpen, latest) > 0) latest = nextOpen;
  }
  return latest;
}
