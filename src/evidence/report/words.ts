import type { ExceptionInput, FoundInput } from './controls-input.ts';
import type { ControlsReport, ReportedPolicy } from './controls-report.ts';
import type { Enforcement } from './enforcement.ts';

/** The words that every form of the report shares. */
export const ENFORCEMENT_WORDS: Readonly<Record<Enforcement, string>> = {
  enforced: 'enforced',
  partly: 'enforced in part',
  'not-enforced': 'not enforced',
};

/** `1 object`, `2 objects`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** Where the report looked. */
export function scopeText({ scope }: ControlsReport): string {
  const { namespaces, isChosen } = scope;
  if (namespaces.length === 0) return 'no namespace is known';
  const all = isChosen ? 'chosen namespaces' : 'all namespaces';
  return `${all}: ${namespaces.join(', ')}`;
}

/** Controls by enforcement: no share and no score. */
export function countsText({ counts, controls }: ControlsReport): string {
  const { enforced, partly } = counts;
  return `${counted(controls.length, 'control')} to which Sluice can contribute: policies enforce ${enforced}, enforce ${partly} in part, and do not enforce ${counts['not-enforced']}`;
}

/** `b: Deny at Admission, RolloutStart in pay, shop`. */
export function bindingText(
  { name, action, callSites, namespaces }: ReportedPolicy['bindings'][number],
  all: readonly string[],
): string {
  return `${name}: ${action} at ${callSites.join(', ') || 'no moment'} in ${placesText(namespaces, all)}`;
}

function placesText(namespaces: readonly string[], all: readonly string[]): string {
  if (namespaces.length === 0) return 'no namespace';
  if (namespaces.length === all.length) return 'every namespace of the scope';
  return namespaces.join(', ');
}

/** What the scan found; undefined when nothing was examined. */
export function foundText(found: FoundInput | undefined): string {
  if (found === undefined) return 'no object was examined';
  const parts = [
    [found.denied, 'would be denied'],
    [found.held, 'would be held'],
    [found.warned, 'would be warned of'],
    [found.audited, 'would be recorded'],
    [found.errors, 'could not be judged'],
    [found.excepted, 'excepted'],
    [found.passed, found.passed === 1 ? 'meets it' : 'meet it'],
  ] as const;
  const all = parts.reduce((sum, [count]) => sum + count, 0);
  if (all === 0) return 'it concerns no object that exists';
  const shown = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `of ${counted(all, 'object')}: ${shown.join(', ')}`;
}

/** `shop/hotfix: in force until …, approved by ann`. */
export function exceptionText(exception: ExceptionInput): string {
  const { namespace, name, type, state, until, approvedBy, requestedBy, reason, ticket } =
    exception;
  const parts = [
    `${type} ${namespace}/${name}: ${state}`,
    `${state === 'expired' ? 'since' : 'until'} ${until}`,
    approvedBy.length === 0 ? 'approved by nobody' : `approved by ${approvedBy.join(', ')}`,
    `asked for by ${requestedBy === '' ? 'an unknown user' : requestedBy}`,
    ...(exception.isReviewOverdue ? ['its review is overdue'] : []),
    `reason: ${reason}`,
    ...(ticket === undefined ? [] : [`ticket: ${ticket}`]),
  ];
  return parts.join('; ');
}
