import type { Decision, Facts, Violation } from '../domain/decision.ts';
import type { Severity, ValidationAction } from '../domain/policy.ts';
import type { CompiledPolicy } from './compile.ts';
import { appliedBindings, ignoredErrors } from './scan-applied.ts';
import type { PolicySnapshot } from './snapshot.ts';
import { actionsOf, strictestAction } from './violations.ts';

/** As reports have it: `skip` is a violation that an exception turns aside. */
export type ScanOutcome = 'pass' | 'fail' | 'warn' | 'error' | 'skip';

/** How one object fared under one binding of one policy, or under one of its rules. */
export interface ScanResult {
  readonly policy: string;
  /** Digest of the policy's spec; '' for what is not a policy. */
  readonly digest: string;
  /** '' when the policy could not be matched, so that all of its bindings are concerned. */
  readonly binding: string;
  /** Name or index of the validation; '' for the policy as a whole. */
  readonly rule: string;
  readonly outcome: ScanOutcome;
  /** What it leads to at admission; `Ignore` for an error that its failurePolicy lets pass. */
  readonly action: ValidationAction | 'Ignore';
  /** Words of the policy, or of an error: nothing of the object. */
  readonly message: string;
  readonly severity?: Severity;
  readonly category?: string;
  /** `framework/control`, sorted. */
  readonly controls: readonly string[];
  /** `<namespace>/<name>`. */
  readonly exception?: string;
}

/**
 * What a decision of the scan means for each policy and binding that concerns the object: each violation, each error
 * (also one that failurePolicy Ignore lets pass: it is never a pass), and one pass for a binding without either.
 */
export function scanResults(
  snapshot: PolicySnapshot,
  facts: Facts,
  decision: Decision,
  deadline?: () => boolean,
): readonly ScanResult[] {
  const candidates = snapshot.candidates(facts.callSite, facts.request);
  const policies = new Map(candidates.map(({ compiled }) => [compiled.name, compiled]));
  const violations = decision.violations.map((each) =>
    violationResult(each, policies.get(each.policy)),
  );
  const ignored = ignoredErrors(candidates, facts, deadline).map(
    ({ compiled, binding, rule, message }): ScanResult => ({
      ...descriptionOf(compiled),
      binding,
      rule,
      outcome: 'error',
      action: 'Ignore',
      message,
    }),
  );
  const found = [...violations, ...ignored];
  const failing = new Set(found.map(({ policy, binding }) => `${policy} ${binding}`));
  const passes = appliedBindings(candidates, facts, deadline)
    .filter(({ compiled: { name }, binding }) => !failing.has(`${name} ${binding.metadata.name}`))
    .filter(({ compiled: { name } }) => !failing.has(`${name} `))
    .map(({ compiled, binding }): ScanResult => ({
      ...descriptionOf(compiled),
      binding: binding.metadata.name,
      rule: '',
      outcome: 'pass',
      action: strictestAction(actionsOf(binding)),
      message: compiled.policy.spec.title ?? '',
    }));
  return [...found, ...passes];
}

function violationResult(violation: Violation, compiled: CompiledPolicy | undefined): ScanResult {
  const { policy, digest, binding, validation, action, exception } = violation;
  const described =
    compiled === undefined ? { policy, digest, controls: [] } : descriptionOf(compiled);
  return {
    ...described,
    binding,
    rule: validation,
    outcome: outcomeOf(violation),
    action,
    message: messageOf(violation, compiled),
    ...(exception === undefined ? {} : { exception }),
  };
}

function outcomeOf({ action, error, exception }: Violation): ScanOutcome {
  if (exception !== undefined) return 'skip';
  if (error === true) return 'error';
  return action === 'Warn' ? 'warn' : 'fail';
}

/** A made message may quote the object, so that the fixed one stands in its place. */
function messageOf(violation: Violation, compiled: CompiledPolicy | undefined): string {
  if (violation.error === true) return violation.message;
  const found = compiled?.validations.find(({ label }) => label === violation.validation);
  if (found === undefined) return violation.message;
  const { message = '', expression } = found.validation;
  if (message.trim() !== '') return message.trim();
  const { title } = compiled?.policy.spec ?? {};
  return title === undefined ? `failed expression: ${expression.trim()}` : `not met: ${title}`;
}

function descriptionOf({
  name,
  digest,
  policy: { spec },
}: CompiledPolicy): Pick<ScanResult, 'policy' | 'digest' | 'severity' | 'category' | 'controls'> {
  return {
    policy: name,
    digest,
    ...(spec.severity === undefined ? {} : { severity: spec.severity }),
    ...(spec.category === undefined ? {} : { category: spec.category }),
    controls: (spec.standards ?? [])
      .flatMap(({ id, controls }) => controls.map((control) => `${id}/${control}`))
      .sort(),
  };
}
