import { isAllowed } from '../../policy/message.ts';
import { xmlText } from '../xml-text.ts';
import { ruleOf, subjectOf, summaryOf, type CheckedObject, type CheckReport } from './report.ts';

/** JUnit XML: a suite a file, a case an object; only what is denied is a failure. */
export function junitText(report: CheckReport): string {
  const files = Map.groupBy(report.objects, ({ file }) => file);
  const { objects, denied } = summaryOf(report);
  const suites = [...files].map(([file, inFile]) => suite(file, inFile));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="sluice check" tests="${objects}" failures="${denied}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(file: string, objects: readonly CheckedObject[]): string {
  const failures = objects.filter(({ decision }) => !isAllowed(decision)).length;
  const name = xmlText(file);
  return [
    `  <testsuite name="${name}" tests="${objects.length}" failures="${failures}">`,
    ...objects.map(testCase),
    '  </testsuite>',
  ].join('\n');
}

function testCase(object: CheckedObject): string {
  const { violations } = object.decision;
  const open = `    <testcase name="${xmlText(subjectOf(object))}" classname="${xmlText(object.file)}" line="${object.line}"`;
  if (violations.length === 0) return `${open}/>`;
  const text = violations
    .map((violation) => `${violation.action}: ${ruleOf(violation)}: ${violation.message}`)
    .join('\n');
  const body = isAllowed(object.decision)
    ? `      <system-out>${xmlText(text)}</system-out>`
    : `      <failure message="${xmlText(violations[0]?.message ?? '')}" type="${object.decision.verdict}">${xmlText(text)}</failure>`;
  return [`${open}>`, body, '    </testcase>'].join('\n');
}
