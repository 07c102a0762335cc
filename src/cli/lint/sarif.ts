import type { Finding, LintReport } from './finding.ts';
import { LINT_RULES, ruleOf, type LintCode, type LintSeverity } from './rules.ts';

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<
  LintSeverity,
  string
>;

/** SARIF 2.1.0, for code scanning. */
export function sarifText({ findings }: LintReport): string {
  const codes = (Object.keys(LINT_RULES) as LintCode[]).filter((code) =>
    findings.some((finding) => finding.code === code),
  );
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'sluice', rules: codes.map(ruleEntry) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, codes)),
      },
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function ruleEntry(code: LintCode): object {
  const { severity, title, doc } = ruleOf(code);
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text: doc },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function resultOf(finding: Finding, codes: readonly LintCode[]): object {
  const { code, severity, message, file, line, column, endLine, endColumn, subject } = finding;
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: LEVELS[severity],
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file.split(/[\\/]/).map(encodeURIComponent).join('/') },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
        ...(subject === ''
          ? {}
          : { logicalLocations: [{ fullyQualifiedName: subject, kind: 'resource' }] }),
      },
    ],
  };
}
