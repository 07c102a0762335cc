import type { ApiObject } from '../cluster/api.ts';
import { expect } from '../cluster/report.ts';
import type { Stage } from './stage.ts';
import type { Played } from './played.ts';
import type { RolloutRecord } from './record.ts';
import { HOOK_TYPES, INTERVAL_MS, NAME, NAMESPACE } from './subject.ts';

/** Timers of a busy machine and the way of an event through a watch. */
const TOLERANCE_MS = 250;
const SLACK_MS = 3000;

/** Milliseconds that each share of the canary was live, but the last one. */
export function stepsOf({ weights }: RolloutRecord): number[] {
  return weights.slice(1, -1).map(({ at }, i) => (weights[i + 2]?.at ?? Infinity) - at);
}

/**
 * Compares a disturbed rollout with an undisturbed one.
 * @returns a line about it
 * @throws Error that says what differs
 */
export async function judge(stage: Stage, whole: Played, played: Played): Promise<string> {
  const { record } = played;
  checkSequence(whole.record, record);
  checkRuns(record);
  checkSteps(whole.record, played);
  checkHooks(stage, whole.record, played);
  const requests = checkRequests(stage, record);
  await checkEnd(stage, played);
  const seconds = stepsOf(record).map((ms) => (ms / 1000).toFixed(1));
  return `steps ${seconds.join(' ')} s, ${requests} requests, none lost`;
}

function checkSequence(whole: RolloutRecord, record: RolloutRecord): void {
  const shares = (of: RolloutRecord): string => of.weights.map(({ weight }) => weight).join(' ');
  expect(shares(record) === shares(whole), `weights ${shares(record)}, not ${shares(whole)}`);
  const phases = record.phases.join(' ');
  expect(phases === whole.phases.join(' '), `phases ${phases}, not ${whole.phases.join(' ')}`);
}

function checkRuns({ runs, canary }: RolloutRecord): void {
  const names = [...runs.keys()].join(' ');
  expect(runs.size === 1, `${runs.size} RolloutRuns for one change: ${names}`);
  const [status] = runs.values();
  expect(status?.outcome?.reason === 'Promoted', `outcome ${String(status?.outcome?.reason)}`);
  expect(canary.failedChecks === 0, `${String(canary.failedChecks)} failed checks`);
  expect(canary.canaryWeight === 0, `status.canaryWeight ${String(canary.canaryWeight)}`);
}

/** No step is shorter than the interval; none is longer than undisturbed but for the time without a leader and one interval a kill. */
function checkSteps(whole: RolloutRecord, { record, gaps }: Played): void {
  const usual = stepsOf(whole);
  stepsOf(record).forEach((ms, i) => {
    const from = record.weights[i + 1]?.at ?? 0;
    const within = gaps.filter((gap) => gap.to > from && gap.from < from + ms);
    const headless = within.reduce((sum, gap) => sum + gap.to - Math.max(gap.from, from), 0);
    const most = (usual[i] ?? 0) + headless + within.length * INTERVAL_MS + SLACK_MS;
    const text = `step ${i + 1} took ${Math.round(ms)} ms`;
    expect(ms >= INTERVAL_MS - TOLERANCE_MS, `${text}, less than the interval`);
    expect(ms <= most, `${text}, more than ${Math.round(most)} ms`);
  });
}

/** Each question of the undisturbed rollout was asked, and a kill gave no question a second id unless a round began anew. */
function checkHooks({ hooks }: Stage, whole: RolloutRecord, { record, gaps }: Played): void {
  for (const type of HOOK_TYPES) {
    const wanted = hooks.idsOf(type, whole.startedAt, whole.completedAt).length;
    const asked = hooks.idsOf(type, record.startedAt, record.completedAt).length;
    const text = `hook ${type}: ${asked} ids, undisturbed ${wanted}`;
    expect(wanted > 0 && asked >= wanted && asked <= wanted + gaps.length, text);
  }
}

/** Every pod is healthy, so every request must be answered. */
function checkRequests({ load }: Stage, { startedAt, completedAt }: RolloutRecord): number {
  const answers = load.between(startedAt, completedAt);
  const failed = answers.filter(({ status }) => status !== 200);
  const onPrimary = failed.filter(({ pod }) => pod.startsWith(`${NAME}-primary-`)).length;
  const text = `${failed.length} of ${answers.length} requests lost, ${onPrimary} on the primary`;
  expect(answers.length > 200 && failed.length === 0, text);
  return answers.length;
}

async function checkEnd({ api }: Stage, { image }: Played): Promise<void> {
  const primary = await deployment(`${NAME}-primary`, api.get.bind(api));
  expect(primary.image === image, `the primary runs ${primary.image}`);
  const target = await deployment(NAME, api.get.bind(api));
  expect(target.replicas === 0, `the target has ${String(target.replicas)} replicas`);
}

async function deployment(
  name: string,
  get: (path: string) => Promise<ApiObject>,
): Promise<{ image: string; replicas: number | undefined }> {
  const { spec } = (await get(
    `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${name}`,
  )) as unknown as {
    spec: { replicas?: number; template: { spec: { containers: { image: string }[] } } };
  };
  return { image: spec.template.spec.containers[0]?.image ?? '', replicas: spec.replicas };
}
