import type { Violation } from '../../domain/decision.ts';
import { levelOf, ruleOf, subjectOf, type CheckReport } from './report.ts';

/** SARIF 2.1.0, for code scanning. */
export function sarifText(report: CheckReport): string {
  const found = report.objects.flatMap((object) =>
    object.decision.violations.map((violation) => ({ object, violation })),
  );
  const rules = new Map(found.map(({ violation }) => [ruleOf(violation), violation]));
  const ids = [...rules.keys()].sort();
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'sluice',
            rules: ids.flatMap((id) => {
              const violation = rules.get(id);
              return violation === undefined ? [] : [ruleEntry(id, violation)];
            }),
          },
        },
        results: found.map(({ object, violation }) => ({
          ruleId: ruleOf(violation),
          ruleIndex: ids.indexOf(ruleOf(violation)),
          level: levelOf(violation),
          message: { text: `${subjectOf(object)}: ${violation.message}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(object.file) },
                region: { startLine: object.line },
              },
              logicalLocations: [{ fullyQualifiedName: subjectOf(object), kind: 'resource' }],
            },
          ],
        })),
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function ruleEntry(id: string, { remediation, standards, policy }: Violation): object {
  return {
    id,
    name: policy,
    shortDescription: { text: id },
    ...(remediation === undefined ? {} : { help: { text: remediation.trim() } }),
    ...(standards === undefined
      ? {}
      : {
          properties: {
            tags: standards.flatMap((standard) =>
              standard.controls.map((control) => `${standard.id}/${control}`),
            ),
          },
        }),
  };
}

function uriOf(file: string): string {
  return file.split(/[\\/]/).map(encodeURIComponent).join('/');
}
