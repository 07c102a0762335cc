import type { Answer, Load } from './load.ts';
import { expect } from './report.ts';
import type { StoryRecord } from './story-record.ts';

/** The gateway applies a changed route at most every two seconds. */
const SETTLE_MS = 2500;
const MIN_REQUESTS = 500;
const MAX_POINTS = 3;
const MIN_FAILED_ANSWERS = 20;

const isPrimary = (answer: Answer, canary: string): boolean =>
  answer.pod.startsWith(`${canary}-primary-`);

/** At each step the share of the canary's pods among the answers is its weight. */
export function checkShares(
  load: Load,
  record: StoryRecord,
  canary: string,
  weights: readonly number[],
): string {
  const parts: string[] = [];
  for (const weight of weights) {
    const index = record.weights.findIndex((change) => change.weight === weight);
    const from = record.weights[index];
    const to = record.weights[index + 1];
    expect(from !== undefined && to !== undefined, `step ${weight} was not seen whole`);
    const answers = load.between(from.at + SETTLE_MS, to.at);
    expect(answers.length >= MIN_REQUESTS, `step ${weight}: ${answers.length} requests only`);
    const byCanary = answers.filter((answer) => !isPrimary(answer, canary)).length;
    const share = (100 * byCanary) / answers.length;
    const text = `${weight} % gave ${share.toFixed(1)} % of ${answers.length}`;
    expect(Math.abs(share - weight) <= MAX_POINTS, text);
    parts.push(text);
  }
  return parts.join(', ');
}

/** The bad release was felt by its own share only: the primary never failed, and every request was answered. */
export function checkHarm(load: Load, canary: string): string {
  const failed = load.answers.filter(({ status }) => status !== 200);
  const onPrimary = failed.filter((answer) => isPrimary(answer, canary)).length;
  const unanswered = failed.filter(({ pod }) => pod === '').length;
  const onCanary = failed.length - onPrimary - unanswered;
  const text = `${onCanary} failed on the canary, ${onPrimary} on the primary, ${unanswered} unanswered, of ${load.answers.length}`;
  expect(onPrimary === 0 && unanswered === 0 && onCanary >= MIN_FAILED_ANSWERS, text);
  return text;
}

/** Not one request of a release that went well was lost. */
export function checkNoneLost(load: Load): string {
  const failed = load.answers.filter(({ status }) => status !== 200).length;
  const text = `${failed} failed of ${load.answers.length}`;
  expect(failed === 0, text);
  return text;
}
