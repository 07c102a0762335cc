import { levelOf, ruleOf, subjectOf, summaryLine, type CheckReport } from './report.ts';

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** Workflow commands that GitHub shows as annotations of the changed files. */
export function githubText(report: CheckReport): string {
  const lines = report.objects.flatMap((object) =>
    object.decision.violations.map((violation) => {
      const place = `file=${property(object.file)},line=${object.line}`;
      const title = property(ruleOf(violation));
      const text = data(`${subjectOf(object)}: ${violation.message}`);
      return `::${COMMANDS[levelOf(violation)]} ${place},title=${title}::${text}`;
    }),
  );
  return `${[...lines, summaryLine(report)].join('\n')}\n`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
