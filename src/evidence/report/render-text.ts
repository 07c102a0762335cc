import { EVIDENCE_TITLES } from './catalogue.ts';
import type { ControlsReport, ReportedControl, ReportedPolicy } from './controls-report.ts';
import {
  bindingText,
  countsText,
  ENFORCEMENT_WORDS,
  exceptionText,
  foundText,
  scopeText,
} from './words.ts';

/** The report for a terminal. */
export function renderText(report: ControlsReport): string {
  const lines = [
    report.framework.title,
    report.framework.source,
    `Made at ${report.generatedAt} from ${report.source}`,
    `Scope: ${scopeText(report)}`,
    `${countsText(report)}.`,
    '',
    report.disclaimer,
    ...report.unseen.map((text) => `Not seen: ${text}`),
    ...report.controls.flatMap((control) => ['', ...controlLines(control, report)]),
    ...otherLines(report),
  ];
  return `${lines.join('\n')}\n`;
}

function controlLines(control: ReportedControl, report: ControlsReport): readonly string[] {
  const { id, title, coverage, enforcement, gaps, policies, note } = control;
  return [
    `${id}  ${title}`,
    `  ${ENFORCEMENT_WORDS[enforcement].toUpperCase()} (at most ${coverage} evidence)`,
    ...gaps.map(({ text }) => `  - ${text}`),
    ...policies.flatMap((policy) => policyLines(policy, report)),
    ...control.exceptions.map((exception) => `  exception: ${exceptionText(exception)}`),
    ...(note === undefined ? [] : [`  note: ${note}`]),
    `  evidence: ${control.evidence.map((code) => `${code} ${EVIDENCE_TITLES[code]}`).join('; ')}`,
    '  still to be shown by the organisation:',
    ...control.organisation.map((text) => `  - ${text}`),
  ];
}

function policyLines(policy: ReportedPolicy, { scope }: ControlsReport): readonly string[] {
  const { name, title, enforcement, gaps, bindings, found } = policy;
  return [
    `  policy ${name}: ${title} [${ENFORCEMENT_WORDS[enforcement]}]`,
    ...gaps.map(({ text }) => `    but ${text}`),
    ...bindings.map((binding) => `    binding ${bindingText(binding, scope.namespaces)}`),
    `    found: ${foundText(found)}`,
    ...(found?.examples ?? []).map((example) => `      ${example}`),
  ];
}

function otherLines({ others, unknown, framework }: ControlsReport): readonly string[] {
  const line = ({ id, policies }: { id: string; policies: readonly string[] }): string =>
    `  ${id}: ${policies.join(', ')}`;
  return [
    ...(others.length === 0 ? [] : ['', 'Other controls that policies name', ...others.map(line)]),
    ...(unknown.length === 0
      ? []
      : ['', `Identifiers that ${framework.title} does not have`, ...unknown.map(line)]),
  ];
}
