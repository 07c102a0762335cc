import { EVIDENCE_TITLES } from './catalogue.ts';
import type { ControlsReport, ReportedControl, ReportedPolicy } from './controls-report.ts';
import { PAGE_STYLE } from './page-style.ts';
import {
  bindingText,
  countsText,
  ENFORCEMENT_WORDS,
  exceptionText,
  foundText,
  scopeText,
} from './words.ts';

/** The report as one page that needs nothing else: no script, no image, no font, no address. */
export function renderHtml(report: ControlsReport): string {
  const { framework, controls } = report;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${text(framework.title)}: what enforces it</title>`,
    `<style>${PAGE_STYLE}</style>`,
    '</head>',
    '<body>',
    '<a class="skip" href="#controls">Skip to the controls</a>',
    ...headerLines(report),
    '<main id="controls">',
    ...overviewLines(controls),
    ...controls.flatMap((control, index) => controlLines(control, index, report)),
    ...listSection('Other controls that policies name', report.others),
    ...listSection(`Identifiers that ${framework.title} does not have`, report.unknown),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function headerLines(report: ControlsReport): readonly string[] {
  return [
    '<header>',
    `<h1>${text(report.framework.title)}</h1>`,
    `<p>${text(report.framework.source)}</p>`,
    '<dl>',
    `<dt>Made at</dt><dd><time datetime="${text(report.generatedAt)}">${text(report.generatedAt)}</time></dd>`,
    `<dt>From</dt><dd>${text(report.source)}</dd>`,
    `<dt>Scope</dt><dd>${text(scopeText(report))}</dd>`,
    ...report.unseen.map((each) => `<dt>Not seen</dt><dd>${text(each)}</dd>`),
    '</dl>',
    `<p>${text(countsText(report))}.</p>`,
    `<p class="disclaimer">${text(report.disclaimer)}</p>`,
    '</header>',
  ];
}

function overviewLines(controls: readonly ReportedControl[]): readonly string[] {
  return [
    '<table>',
    '<caption>Controls</caption>',
    '<thead><tr><th scope="col">Control</th><th scope="col">Objective</th><th scope="col">Policies</th><th scope="col">At most</th></tr></thead>',
    '<tbody>',
    ...controls.map(
      ({ id, title, coverage, enforcement }, index) =>
        `<tr><th scope="row"><a href="#c${index}">${text(id)}</a></th><td>${text(title)}</td><td>${badge(enforcement)}</td><td>${coverage}</td></tr>`,
    ),
    '</tbody>',
    '</table>',
  ];
}

function controlLines(
  control: ReportedControl,
  index: number,
  report: ControlsReport,
): readonly string[] {
  const { id, title, coverage, enforcement, gaps, policies, note } = control;
  return [
    `<section aria-labelledby="c${index}">`,
    `<h2 id="c${index}">${text(id)} <span>${text(title)}</span></h2>`,
    `<p>${badge(enforcement)} At most ${coverage} evidence.</p>`,
    ...list(gaps.map((gap) => gap.text)),
    ...policies.flatMap((policy) => policyLines(policy, report)),
    ...titledList('Exceptions', control.exceptions.map(exceptionText)),
    ...titledList(
      'Evidence',
      control.evidence.map((code) => `${code}: ${EVIDENCE_TITLES[code]}`),
    ),
    ...titledList('Still to be shown by the organisation', control.organisation),
    ...(note === undefined ? [] : [`<p>${text(note)}</p>`]),
    '</section>',
  ];
}

function policyLines(policy: ReportedPolicy, { scope }: ControlsReport): readonly string[] {
  const { name, title, severity, enforcement, gaps, bindings, found, remediation } = policy;
  const weight = severity === undefined ? '' : ` <small>${severity}</small>`;
  return [
    '<article>',
    `<h3>${text(name)}${weight} ${badge(enforcement)}</h3>`,
    `<p>${text(title)}</p>`,
    ...list(
      gaps.map((gap) => `but ${gap.text}`),
      'gaps',
    ),
    ...titledList(
      'Where',
      bindings.map((binding) => bindingText(binding, scope.namespaces)),
    ),
    `<p>Found: ${text(foundText(found))}</p>`,
    ...list(found?.examples ?? []),
    ...(remediation === undefined ? [] : [`<p>To fix: ${text(remediation)}</p>`]),
    '</article>',
  ];
}

function badge(enforcement: ReportedControl['enforcement']): string {
  return `<strong class="badge ${enforcement}">${ENFORCEMENT_WORDS[enforcement]}</strong>`;
}

function titledList(title: string, texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [] : [`<h4>${text(title)}</h4>`, ...list(texts)];
}

function list(texts: readonly string[], name?: string): readonly string[] {
  if (texts.length === 0) return [];
  const open = name === undefined ? '<ul>' : `<ul class="${name}">`;
  return [open, ...texts.map((each) => `<li>${text(each)}</li>`), '</ul>'];
}

function listSection(
  title: string,
  entries: readonly { readonly id: string; readonly policies: readonly string[] }[],
): readonly string[] {
  if (entries.length === 0) return [];
  const lines = entries.map(({ id, policies }) => `${id}: ${policies.join(', ')}`);
  return ['<section>', `<h2>${text(title)}</h2>`, ...list(lines), '</section>'];
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function text(value: string): string {
  return value.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
