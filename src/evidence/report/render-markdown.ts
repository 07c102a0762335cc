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

/** The report as Markdown. */
export function renderMarkdown(report: ControlsReport): string {
  const { framework, others, unknown } = report;
  const lines = [
    `# ${text(framework.title)}`,
    '',
    text(framework.source),
    '',
    `- Made at ${text(report.generatedAt)} from ${text(report.source)}`,
    `- Scope: ${text(scopeText(report))}`,
    `- ${text(countsText(report))}`,
    ...report.unseen.map((each) => `- Not seen: ${text(each)}`),
    '',
    `> ${text(report.disclaimer)}`,
    ...report.controls.flatMap((control) => controlLines(control, report)),
    ...listSection('Other controls that policies name', others),
    ...listSection(`Identifiers that ${framework.title} does not have`, unknown),
  ];
  return `${lines.join('\n')}\n`;
}

function controlLines(control: ReportedControl, report: ControlsReport): readonly string[] {
  const { id, title, coverage, enforcement, gaps, policies, note } = control;
  return [
    '',
    `## ${text(id)} ${text(title)}`,
    '',
    `**${ENFORCEMENT_WORDS[enforcement]}**, at most ${coverage} evidence`,
    '',
    ...gaps.map((gap) => `- ${text(gap.text)}`),
    ...policies.flatMap((policy) => policyLines(policy, report)),
    ...control.exceptions.map((exception) => `- exception: ${text(exceptionText(exception))}`),
    ...(note === undefined ? [] : [`- note: ${text(note)}`]),
    `- evidence: ${control.evidence.map((code) => `**${code}** ${text(EVIDENCE_TITLES[code])}`).join('; ')}`,
    '- still to be shown by the organisation:',
    ...control.organisation.map((each) => `  - ${text(each)}`),
  ];
}

function policyLines(policy: ReportedPolicy, { scope }: ControlsReport): readonly string[] {
  const { name, title, enforcement, gaps, bindings, found } = policy;
  const examples = found?.examples ?? [];
  return [
    `- policy **${text(name)}**: ${text(title)} (${ENFORCEMENT_WORDS[enforcement]})`,
    ...gaps.map((gap) => `  - but ${text(gap.text)}`),
    ...bindings.map((binding) => `  - binding ${text(bindingText(binding, scope.namespaces))}`),
    `  - found: ${text(foundText(found))}${examples.length === 0 ? '' : `: ${text(examples.join(', '))}`}`,
  ];
}

function listSection(
  title: string,
  entries: readonly { readonly id: string; readonly policies: readonly string[] }[],
): readonly string[] {
  if (entries.length === 0) return [];
  const lines = entries.map(({ id, policies }) => `- ${text(id)}: ${text(policies.join(', '))}`);
  return ['', `## ${text(title)}`, '', ...lines];
}

/** One line that means nothing to a Markdown reader but itself. */
function text(value: string): string {
  return value
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|#~]/g, String.raw`\$&`);
}
