import type { CallSite, Severity, ValidationAction } from '../../domain/policy.ts';
import type { Control, Coverage, EvidenceCode } from './catalogue.ts';
import type {
  BindingInput,
  ControlsInput,
  ExceptionInput,
  FoundInput,
  PolicyInput,
} from './controls-input.ts';
import { enforcementOf, gapsOf, togetherOf, type Enforcement, type Gap } from './enforcement.ts';
import { hasControl } from './frameworks.ts';

/** One policy under one control. */
export interface ReportedPolicy {
  readonly name: string;
  readonly title: string;
  readonly severity?: Severity;
  readonly enforcement: Enforcement;
  readonly gaps: readonly Gap[];
  readonly bindings: readonly {
    readonly name: string;
    readonly action: ValidationAction;
    readonly callSites: readonly CallSite[];
    readonly namespaces: readonly string[];
  }[];
  readonly found?: FoundInput;
  readonly remediation?: string;
}

/** One control objective. */
export interface ReportedControl {
  readonly id: string;
  readonly title: string;
  readonly coverage: Coverage;
  readonly enforcement: Enforcement;
  readonly gaps: readonly Gap[];
  readonly policies: readonly ReportedPolicy[];
  readonly exceptions: readonly ExceptionInput[];
  readonly evidence: readonly EvidenceCode[];
  /** What the organisation still has to show, whatever stands above. */
  readonly organisation: readonly string[];
  readonly note?: string;
}

/** What enforces the controls of a framework, where, what was found, and what that leaves open. */
export interface ControlsReport {
  readonly kind: 'ControlsReport';
  readonly framework: { readonly id: string; readonly title: string; readonly source: string };
  readonly generatedAt: string;
  readonly source: string;
  readonly scope: { readonly namespaces: readonly string[]; readonly isChosen: boolean };
  /** What this is not, for every reader. */
  readonly disclaimer: string;
  readonly counts: Readonly<Record<Enforcement, number>>;
  readonly controls: readonly ReportedControl[];
  /** Controls of the framework that policies name and that there is no entry for. */
  readonly others: readonly { readonly id: string; readonly policies: readonly string[] }[];
  /** Identifiers that the framework does not have. */
  readonly unknown: readonly { readonly id: string; readonly policies: readonly string[] }[];
  readonly unseen: readonly string[];
}

const DISCLAIMER =
  'This report shows operating evidence for parts of controls at one moment. It is no statement of compliance: it says nothing about a period, about systems outside these namespaces, or about what the organisation has to show itself.';

/** Makes the report; the same input gives the same one. */
export function controlsReport(input: ControlsInput): ControlsReport {
  const { framework, policies } = input;
  const controls = framework.controls.map((control) => reportControl(control, input));
  const known = new Set(framework.controls.map(({ id }) => id));
  const named = [...new Set(policies.flatMap((policy) => policy.controls))]
    .filter((id) => !known.has(id))
    .sort()
    .map((id) => ({
      id,
      policies: namesOf(policies.filter((each) => each.controls.includes(id))),
    }));
  return {
    kind: 'ControlsReport',
    framework: { id: framework.id, title: framework.title, source: framework.source },
    generatedAt: input.now,
    source: input.source,
    scope: input.scope,
    disclaimer: DISCLAIMER,
    counts: countsOf(controls),
    controls,
    others: named.filter(({ id }) => hasControl(framework, id)),
    unknown: named.filter(({ id }) => !hasControl(framework, id)),
    unseen: input.unseen,
  };
}

function reportControl(control: Control, input: ControlsInput): ReportedControl {
  const { id, title, coverage, evidence, organisation, note } = control;
  const policies = input.policies
    .filter(({ controls }) => controls.includes(id))
    .map((policy) => reportPolicy(policy, input));
  const names = new Set(namesOf(policies));
  return {
    id,
    title,
    coverage,
    enforcement: togetherOf(policies.map(({ enforcement }) => enforcement)),
    gaps:
      policies.length === 0 ? [{ code: 'no-policy', text: 'no policy names this control' }] : [],
    policies,
    exceptions: input.exceptions.filter((exception) =>
      exception.policies.some(({ name }) => names.has(name)),
    ),
    evidence,
    organisation,
    ...(note === undefined ? {} : { note }),
  };
}

function reportPolicy(policy: PolicyInput, input: ControlsInput): ReportedPolicy {
  const { name, title, severity, bindings, found, remediation } = policy;
  const { isAdmissionRegistered } = input;
  const gaps = gapsOf(policy, input.exceptions, {
    namespaces: input.scope.namespaces,
    ...(isAdmissionRegistered === undefined ? {} : { isAdmissionRegistered }),
  });
  return {
    name,
    title,
    ...(severity === undefined ? {} : { severity }),
    enforcement: enforcementOf(gaps),
    gaps,
    bindings: bindings.map(bindingOf),
    ...(found === undefined ? {} : { found }),
    ...(remediation === undefined ? {} : { remediation }),
  };
}

function bindingOf({
  name,
  action,
  callSites,
  namespaces,
}: BindingInput): ReportedPolicy['bindings'][number] {
  return { name, action, callSites, namespaces };
}

function namesOf(policies: readonly { readonly name: string }[]): readonly string[] {
  return policies.map(({ name }) => name);
}

function countsOf(controls: readonly ReportedControl[]): Record<Enforcement, number> {
  const counts = { enforced: 0, partly: 0, 'not-enforced': 0 };
  for (const { enforcement } of controls) counts[enforcement]++;
  return counts;
}
