import type { ActiveOutcome, Failure } from './evaluate-active.ts';
import type { ActivePolicy } from './snapshot.ts';
import { actionsOf } from './violations.ts';

/** Failures that the annotation lists at most, as in the API server. */
const MAX_FAILURES = 50;

/** Key of the list of violations whose binding says Audit. */
const VALIDATION_FAILURE_KEY = 'sluice.dev/validation_failure';

/**
 * What a decision leaves in the audit log: `<policy>/<key>` for each audit annotation of a policy (several different
 * values joined by a comma), and the violations whose binding says Audit as a JSON list.
 */
export function auditAnnotationsOf(
  outcomes: readonly ActiveOutcome[],
  active: readonly ActivePolicy[],
): Readonly<Record<string, string>> {
  const entries = outcomes.flatMap(({ annotations }, index) => {
    const name = active[index]?.compiled.name ?? '';
    return [...annotations].map(([key, values]) => [`${name}/${key}`, values.join(', ')] as const);
  });
  const audited = outcomes.flatMap(({ failures }) => failures.filter(isAudited));
  return Object.fromEntries(
    audited.length === 0
      ? entries
      : [...entries, [VALIDATION_FAILURE_KEY, failureList(audited)] as const],
  );
}

function isAudited({ kind, binding }: Failure): boolean {
  return kind === 'validation' && actionsOf(binding).includes('Audit');
}

/** The JSON that ValidatingAdmissionPolicy writes for failures that are audited, byte for byte. */
export function failureList(failures: readonly Failure[]): string {
  const text = JSON.stringify(
    failures.slice(0, MAX_FAILURES).map(({ compiled, binding, index, message }) => ({
      message,
      policy: compiled.name,
      binding: binding?.metadata.name ?? '',
      expressionIndex: index,
      validationActions: actionsOf(binding),
    })),
  );
  return text.replaceAll(/[<>&\u2028\u2029]/g, escaped);
}

/** Go's JSON escapes what HTML gives a meaning. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
