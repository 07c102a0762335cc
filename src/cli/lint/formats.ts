import { githubData, githubProperty } from '../github-text.ts';
import { xmlText } from '../xml-text.ts';
import type { Finding, LintReport } from './finding.ts';
import { ruleOf, type LintSeverity } from './rules.ts';
import { sarifText } from './sarif.ts';

/** How a report can be written. */
export const LINT_FORMATS: Readonly<Record<string, (report: LintReport) => string>> = {
  text: (report) => `${[...report.findings.map(lineOf), summaryLine(report)].join('\n')}\n`,
  json: jsonText,
  sarif: sarifText,
  github: (report) => `${[...report.findings.map(commandOf), summaryLine(report)].join('\n')}\n`,
  junit: junitText,
};

/** How many findings there are of a severity. */
export function count({ findings }: LintReport, severity: LintSeverity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

/** `2 objects in 1 file: 1 error, 0 warnings, 3 notes`. */
function summaryLine(report: LintReport): string {
  const { objects, files } = report;
  const counts = [
    numbered(count(report, 'error'), 'error'),
    numbered(count(report, 'warning'), 'warning'),
    numbered(count(report, 'info'), 'note'),
  ];
  return `${numbered(objects, 'object')} in ${numbered(files.length, 'file')}: ${counts.join(', ')}`;
}

function numbered(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`;
}

/** `file:line:column: severity CODE: message (Kind name, field)`, as compilers print it. */
function lineOf(finding: Finding): string {
  const { file, line, column, severity, code, message } = finding;
  return `${file}:${line}:${column}: ${severity} ${code}: ${oneLine(message)}${contextOf(finding)}`;
}

function contextOf({ subject, field }: Finding): string {
  const parts = [subject, field].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}

/** The machine-readable report; new fields may be added, none changes its meaning. */
function jsonText(report: LintReport): string {
  const document = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'LintReport',
    summary: {
      files: report.files.length,
      objects: report.objects,
      errors: count(report, 'error'),
      warnings: count(report, 'warning'),
      infos: count(report, 'info'),
    },
    findings: report.findings,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const COMMANDS = { error: 'error', warning: 'warning', info: 'notice' } as const;

/** A workflow command that GitHub shows beside the changed line. */
function commandOf(finding: Finding): string {
  const { file, line, column, endLine, severity, code, message } = finding;
  const place = `file=${githubProperty(file)},line=${line},endLine=${endLine},col=${column}`;
  const title = githubProperty(`${code}: ${ruleOf(code).title}`);
  const text = githubData(`${oneLine(message)}${contextOf(finding)}`);
  return `::${COMMANDS[severity]} ${place},title=${title}::${text}`;
}

/** JUnit XML: a suite a file; each finding is a case, errors are failures; a file without any is one case. */
function junitText(report: LintReport): string {
  const byFile = Map.groupBy(report.findings, ({ file }) => file);
  const suites = report.files.map((file) => suiteOf(file, byFile.get(file) ?? []));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="sluice lint">',
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteOf(file: string, findings: readonly Finding[]): string {
  const failures = findings.filter(({ severity }) => severity === 'error').length;
  const cases =
    findings.length === 0
      ? [`    <testcase name="lint" classname="${xmlText(file)}"/>`]
      : findings.map(caseOf);
  return [
    `  <testsuite name="${xmlText(file)}" tests="${cases.length}" failures="${failures}">`,
    ...cases,
    '  </testsuite>',
  ].join('\n');
}

function caseOf(finding: Finding): string {
  const { code, file, line, column, severity, message } = finding;
  const name = xmlText(`${code} ${line}:${column}${contextOf(finding)}`);
  const text = xmlText(lineOf(finding));
  const body =
    severity === 'error'
      ? `<failure message="${xmlText(oneLine(message))}" type="${code}">${text}</failure>`
      : `<system-out>${text}</system-out>`;
  return `    <testcase name="${name}" classname="${xmlText(file)}" line="${line}">\n      ${body}\n    </testcase>`;
}
