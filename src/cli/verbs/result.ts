import type { Approval } from '../../domain/approval.ts';
import { isRefusal, outcomeText, type OutcomeWord } from '../../domain/approval-outcome.ts';
import type { Effect } from './follow.ts';

export type Format = 'text' | 'json' | 'yaml';

/** What a verb prints. */
export interface Result {
  readonly namespace: string;
  readonly approval: string;
  readonly action: string;
  /** `RolloutRun/podinfo-3`. */
  readonly subject: string;
  /** Whom admission took it for. */
  readonly approver?: string;
  readonly dryRun: boolean;
  /** Whether it was waited for. */
  readonly waited: boolean;
  /** One word; absent: nothing has acted upon it yet. */
  readonly outcome?: OutcomeWord;
  readonly message?: string;
  /** What holds the run all the same. */
  readonly held?: {
    readonly gate: string;
    readonly reasons: readonly string[];
    readonly nextOpen?: string;
  };
}

/** Puts together what is printed. */
export function resultOf(
  { metadata, spec }: Approval,
  { outcome, held }: Effect,
  { isDryRun, waits }: { isDryRun: boolean; waits: boolean },
): Result {
  const { approver } = spec;
  return {
    namespace: metadata.namespace ?? '',
    approval: metadata.name,
    action: spec.action,
    subject: `${spec.subject.kind}/${spec.subject.name}`,
    ...(approver?.username === undefined ? {} : { approver: approver.username }),
    dryRun: isDryRun,
    waited: waits,
    ...(outcome === undefined ? {} : { outcome: outcome.word, message: outcome.sentence }),
    ...(held === undefined
      ? {}
      : {
          held: {
            gate: held.gate,
            reasons: held.reasons,
            ...(held.nextOpen === undefined ? {} : { nextOpen: held.nextOpen }),
          },
        }),
  };
}

/** Whether what was asked has been done, as far as it was waited for. */
export function isDone({ waited, outcome, message = '' }: Result): boolean {
  if (!waited) return true;
  return outcome !== undefined && !isRefusal(outcomeText(outcome, message));
}

/** The result as text. */
export async function renderResult(result: Result, format: Format): Promise<string> {
  if (format === 'json') return `${JSON.stringify(result, undefined, 2)}\n`;
  if (format === 'yaml') return (await import('js-yaml')).dump(result, { lineWidth: -1 });
  return `${linesOf(result).join('\n')}\n`;
}

function linesOf(result: Result): string[] {
  const { approval, namespace, subject, action, approver, held } = result;
  const by = approver === undefined ? '' : ` by ${approver}`;
  const made = `${action} of ${subject}${by}: approval ${namespace}/${approval}`;
  if (result.dryRun) return [`${made} (server dry run: it would be accepted)`];
  if (!result.waited) return [made];
  if (result.outcome === undefined) return [made, NOT_YET];
  const lines = [made, outcomeText(result.outcome, result.message ?? '')];
  if (held === undefined || action !== 'Approve') return lines;
  const until = held.nextOpen === undefined ? '' : `, next open ${held.nextOpen}`;
  return [...lines, `still held at ${held.gate}: ${held.reasons.join('; ')}${until}`];
}

const NOT_YET =
  'nothing has come of it yet: it stands, and is acted upon once the Canary is not suspended, enough people have said it and the controller runs';
