import { CORE_SCHEMA, dump } from 'js-yaml';
import type { Violation } from '../../domain/decision.ts';
import { githubText } from './github.ts';
import { junitText } from './junit.ts';
import { levelOf, ruleOf, subjectOf, summaryLine, summaryOf, type CheckReport } from './report.ts';
import { sarifText } from './sarif.ts';

/** How a report can be written. */
export const FORMATS: Readonly<Record<string, (report: CheckReport) => string>> = {
  text: textOf,
  json: (report) => `${JSON.stringify(documentOf(report), null, 2)}\n`,
  yaml: (report) =>
    dump(JSON.parse(JSON.stringify(documentOf(report))), { schema: CORE_SCHEMA, noRefs: true }),
  junit: junitText,
  sarif: sarifText,
  github: githubText,
  markdown: markdownText,
};

function textOf(report: CheckReport): string {
  const lines = report.objects.flatMap((object) => {
    const { violations, verdict } = object.decision;
    if (violations.length === 0) return [];
    return [
      `${object.file}:${object.line}: ${subjectOf(object)}: ${verdict}`,
      ...violations.flatMap(violationLines),
    ];
  });
  return `${[...lines, summaryLine(report)].join('\n')}\n`;
}

function violationLines(violation: Violation): readonly string[] {
  const { binding, message, remediation } = violation;
  return [
    `  ${levelOf(violation)}: ${ruleOf(violation)} (binding ${binding}): ${message}`,
    ...(remediation === undefined ? [] : [`    to fix: ${oneLine(remediation)}`]),
  ];
}

/** The machine-readable report; new fields may be added, none changes its meaning. */
function documentOf(report: CheckReport): object {
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'CheckReport',
    summary: summaryOf(report),
    unbound: report.unbound,
    results: report.objects.map(({ decision, ...object }) => ({
      ...object,
      verdict: decision.verdict,
      violations: decision.violations,
      warnings: decision.warnings,
      patch: decision.patch,
      auditAnnotations: decision.auditAnnotations,
    })),
  };
}

function markdownText(report: CheckReport): string {
  const rows = report.objects.flatMap((object) =>
    object.decision.violations.map((violation) =>
      [
        `${object.file}:${object.line}`,
        subjectOf(object),
        levelOf(violation),
        ruleOf(violation),
        violation.message,
        violation.remediation ?? '',
      ]
        .map(cell)
        .join(' | '),
    ),
  );
  const table =
    rows.length === 0
      ? []
      : [
          '| Place | Object | Level | Rule | Message | To fix |',
          '|---|---|---|---|---|---|',
          ...rows.map((row) => `| ${row} |`),
          '',
        ];
  return `${['# Policy check', '', `${summaryLine(report)}.`, '', ...table].join('\n')}\n`;
}

function cell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
