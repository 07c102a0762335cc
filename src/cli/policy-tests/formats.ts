import { xmlText } from '../xml-text.ts';
import { coverageLines } from './coverage-text.ts';
import {
  coverageOf,
  coverageOfAll,
  summaryOf,
  type CoveredPolicy,
  type TestedCase,
  type TestedFile,
  type TestReport,
} from './report.ts';

/** How a report can be written. `isVerbose` concerns the text alone. */
export const TEST_FORMATS: Readonly<
  Record<string, (report: TestReport, isVerbose: boolean) => string>
> = { text: textOf, json: jsonOf, junit: junitOf };

/** Ends with `N passed, N failed`. */
function textOf(report: TestReport, isVerbose: boolean): string {
  const { passed, failed } = summaryOf(report);
  const lines = [
    ...report.files.flatMap((file) => fileLines(file, isVerbose)),
    ...(report.coverage === undefined ? [] : coverageLines(report.coverage, isVerbose)),
    `${passed} passed, ${failed} failed`,
  ];
  return `${lines.join('\n')}\n`;
}

function fileLines({ file, cases }: TestedFile, isVerbose: boolean): string[] {
  const isOk = cases.every(({ ok }) => ok);
  return [
    `${isOk ? 'ok  ' : 'FAIL'}  ${file} (${cases.length} ${cases.length === 1 ? 'case' : 'cases'})`,
    ...cases.flatMap((each) => caseLines(file, each, isVerbose)),
  ];
}

function caseLines(
  file: string,
  { name, ok, differences, line }: TestedCase,
  isVerbose: boolean,
): string[] {
  if (ok) return isVerbose ? [`  ok    ${name}`] : [];
  return [`  FAIL  ${name} (${file}:${line})`, ...differences.map((each) => `        ${each}`)];
}

/** The machine-readable report; new fields may be added, none changes its meaning. */
function jsonOf(report: TestReport): string {
  const { coverage } = report;
  const document = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'TestReport',
    summary: summaryOf(report),
    files: report.files,
    problems: report.problems,
    ...(coverage === undefined
      ? {}
      : { coverage: { ...coverageOfAll(coverage), policies: coverage.map(policyOf) } }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function policyOf({ name, file, branches }: CoveredPolicy): object {
  return { name, file, ...coverageOf(branches), branches };
}

/** JUnit XML: a suite a file, a case a case. */
function junitOf(report: TestReport): string {
  const { passed, failed } = summaryOf(report);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="sluice test" tests="${passed + failed}" failures="${failed}">`,
    ...report.files.map(suiteOf),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteOf({ file, cases }: TestedFile): string {
  const failures = cases.filter(({ ok }) => !ok).length;
  return [
    `  <testsuite name="${xmlText(file)}" tests="${cases.length}" failures="${failures}">`,
    ...cases.map((each) => caseOf(file, each)),
    '  </testsuite>',
  ].join('\n');
}

function caseOf(file: string, { name, ok, differences, line }: TestedCase): string {
  const open = `    <testcase name="${xmlText(name)}" classname="${xmlText(file)}"`;
  if (ok) return `${open}/>`;
  const text = xmlText(differences.join('\n'));
  const first = xmlText(differences[0] ?? '');
  return `${open} line="${line}">\n      <failure message="${first}">${text}</failure>\n    </testcase>`;
}
