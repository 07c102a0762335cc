import type { ExceptionInput, BindingInput, PolicyInput } from './controls-input.ts';

/** Whether what a policy demands is held up wherever the report looks. */
export type Enforcement = 'enforced' | 'partly' | 'not-enforced';

/** Why something is not shown as enforced. */
export interface Gap {
  readonly code: GapCode;
  readonly text: string;
}

export type GapCode =
  | 'no-policy'
  | 'no-binding'
  | 'audit-only'
  | 'warn-only'
  | 'scan-only'
  | 'not-compiling'
  | 'failure-policy-ignore'
  | 'webhook-missing'
  | 'namespace-left-out'
  | 'namespaces-unknown'
  | 'no-namespace'
  | 'objects-left-out'
  | 'excepted';

/** Gaps with which nothing is stopped anywhere; with others something is. */
const NOTHING_STOPPED: ReadonlySet<GapCode> = new Set([
  'no-policy',
  'no-binding',
  'audit-only',
  'warn-only',
  'scan-only',
  'not-compiling',
  'webhook-missing',
  'namespaces-unknown',
  'no-namespace',
]);

/** What the namespaces are, and whether reviews can reach Sluice. */
export interface Surroundings {
  readonly namespaces: readonly string[];
  readonly isAdmissionRegistered?: boolean;
}

/** Everything that keeps a policy from being enforced throughout; empty when nothing does. */
export function gapsOf(
  policy: PolicyInput,
  exceptions: readonly ExceptionInput[],
  surroundings: Surroundings,
): readonly Gap[] {
  const { bindings, problems, isIgnoring } = policy;
  const stopping = bindings.filter((binding) => stops(binding, surroundings));
  return [
    ...(problems.length === 0 ? [] : [gap('not-compiling', notCompiling(problems))]),
    ...(isIgnoring
      ? [gap('failure-policy-ignore', 'an error lets the change pass: failurePolicy is Ignore')]
      : []),
    ...(stopping.length === 0
      ? idleGaps(bindings, surroundings)
      : coverageGaps(policy, stopping, surroundings)),
    ...exceptedGaps(policy, exceptions),
  ];
}

/** What gaps come to. @param gaps as {@link gapsOf} gives them */
export function enforcementOf(gaps: readonly Gap[]): Enforcement {
  if (gaps.length === 0) return 'enforced';
  return gaps.some(({ code }) => NOTHING_STOPPED.has(code)) ? 'not-enforced' : 'partly';
}

/** What several policies under one control come to: it is enforced when all of them are. */
export function togetherOf(each: readonly Enforcement[]): Enforcement {
  if (each.length > 0 && each.every((one) => one === 'enforced')) return 'enforced';
  return each.some((one) => one !== 'not-enforced') ? 'partly' : 'not-enforced';
}

function gap(code: GapCode, text: string): Gap {
  return { code, text };
}

function notCompiling(problems: readonly string[]): string {
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
  return `it does not compile: ${problems[0] ?? ''}${more}`;
}

/** Whether a violation under the binding stops anything anywhere. */
function stops(binding: BindingInput, { isAdmissionRegistered }: Surroundings): boolean {
  const moments = binding.callSites.filter(
    (site) => site !== 'Scan' && (site !== 'Admission' || isAdmissionRegistered !== false),
  );
  return (binding.action === 'Deny' || binding.action === 'Hold') && moments.length > 0;
}

/** Why no binding stops anything. */
function idleGaps(
  bindings: readonly BindingInput[],
  { isAdmissionRegistered }: Surroundings,
): readonly Gap[] {
  if (bindings.length === 0) return [gap('no-binding', 'no binding puts it into force')];
  const blocking = bindings.filter(({ action }) => action === 'Deny' || action === 'Hold');
  if (blocking.length === 0) {
    const named = bindings.map(({ name }) => name).join(', ');
    return bindings.some(({ action }) => action === 'Warn')
      ? [gap('warn-only', `violations are warned of, not stopped (${named})`)]
      : [gap('audit-only', `violations are recorded, not stopped (${named})`)];
  }
  const isAtAdmission = blocking.some(({ callSites }) => callSites.includes('Admission'));
  if (isAtAdmission && isAdmissionRegistered === false) {
    return [
      gap('webhook-missing', 'the webhook of Sluice is not registered: writes are not reviewed'),
    ];
  }
  return [gap('scan-only', 'existing objects are examined, no change is stopped')];
}

/** What the bindings that do stop something leave out together. */
function coverageGaps(
  { loopholes }: PolicyInput,
  stopping: readonly BindingInput[],
  { namespaces, isAdmissionRegistered }: Surroundings,
): readonly Gap[] {
  if (namespaces.length === 0) {
    return [gap('namespaces-unknown', 'no namespace is known: where it holds cannot be said')];
  }
  if (stopping.every((binding) => binding.namespaces.length === 0)) {
    const reasons = stopping.flatMap(({ leftOut }) => leftOut.map(({ why }) => why));
    return [gap('no-namespace', `it holds in no namespace: ${distinct(reasons).join('; ')}`)];
  }
  const left = namespaces.flatMap((namespace) => {
    const reasons = stopping.map((binding) => whyLeftOut(binding, namespace));
    return reasons.includes(undefined) ? [] : [`${namespace} (${distinct(reasons).join('; ')})`];
  });
  const missing =
    isAdmissionRegistered === false &&
    stopping.some(({ callSites }) => callSites.includes('Admission'));
  const holes = distinct([...loopholes, ...commonLoopholes(stopping)]);
  return [
    ...(missing
      ? [gap('webhook-missing', 'the webhook of Sluice is not registered: writes are not reviewed')]
      : []),
    ...(left.length === 0 ? [] : [gap('namespace-left-out', `left out: ${left.join(', ')}`)]),
    ...holes.map((text) => gap('objects-left-out', text)),
  ];
}

/** @returns undefined when everything in the namespace is asked about */
function whyLeftOut({ leftOut }: BindingInput, namespace: string): string | undefined {
  return leftOut.find((each) => each.namespace === namespace)?.why;
}

/** A binding without a loophole makes up for the others. */
function commonLoopholes(bindings: readonly BindingInput[]): readonly string[] {
  if (bindings.some(({ loopholes }) => loopholes.length === 0)) return [];
  return bindings.flatMap(({ name, loopholes }) => loopholes.map((text) => `${text} (${name})`));
}

function exceptedGaps(
  { name }: PolicyInput,
  exceptions: readonly ExceptionInput[],
): readonly Gap[] {
  const open = exceptions.filter(
    ({ state, policies }) => state === 'in force' && policies.some((each) => each.name === name),
  );
  if (open.length === 0) return [];
  const named = open.map((each) => `${each.namespace}/${each.name} until ${each.until}`);
  return [gap('excepted', `excepted by ${named.join(', ')}`)];
}

function distinct(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== undefined))];
}
