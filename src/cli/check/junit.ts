import { isAllowed } from '../../policy/message.ts';
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
  const name = escape(file);
  return [
    `  <testsuite name="${name}" tests="${objects.length}" failures="${failures}">`,
    ...objects.map(testCase),
    '  </testsuite>',
  ].join('\n');
}

function testCase(object: CheckedObject): string {
  const { violations } = object.decision;
  const open = `    <testcase name="${escape(subjectOf(object))}" classname="${escape(object.file)}" line="${object.line}"`;
  if (violations.length === 0) return `${open}/>`;
  const text = violations
    .map((violation) => `${violation.action}: ${ruleOf(violation)}: ${violation.message}`)
    .join('\n');
  const body = isAllowed(object.decision)
    ? `      <system-out>${escape(text)}</system-out>`
    : `      <failure message="${escape(violations[0]?.message ?? '')}" type="${object.decision.verdict}">${escape(text)}</failure>`;
  return [`${open}>`, body, '    </testcase>'].join('\n');
}

/** Text for XML; characters that XML 1.0 does not allow become U+FFFD. */
function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}
