import { githubData, githubProperty } from '../github-text.ts';
import { levelOf, ruleOf, subjectOf, summaryLine, type CheckReport } from './report.ts';

const COMMANDS = { error: 'error', warning: 'warning', note: 'notice' } as const;

/** Workflow commands that GitHub shows as annotations of the changed files. */
export function githubText(report: CheckReport): string {
  const lines = report.objects.flatMap((object) =>
    object.decision.violations.map((violation) => {
      const place = `file=${githubProperty(object.file)},line=${object.line}`;
      const title = githubProperty(ruleOf(violation));
      const text = githubData(`${subjectOf(object)}: ${violation.message}`);
      return `::${COMMANDS[levelOf(violation)]} ${place},title=${title}::${text}`;
    }),
  );
  return `${[...lines, summaryLine(report)].join('\n')}\n`;
}
