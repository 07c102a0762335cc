import { ApiError, type Api, type ApiObject } from './api.ts';
import { expect } from './report.ts';
import type { Outcome } from './story-file.ts';
import type { StoryRecord } from './story-record.ts';
import { waitFor } from './wait.ts';

type Of<Name extends Outcome['outcome']> = Extract<Outcome, { outcome: Name }>;

export const pathOf = (object: ApiObject): string => {
  const plural = `${String(object.kind).toLowerCase().replace(/y$/, 'ie').replace(/ss$/, 'sse')}s`;
  const prefix = object.apiVersion?.includes('/') === true ? '/apis' : '/api';
  const { namespace } = object.metadata;
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${prefix}/${String(object.apiVersion)}${scope}/${plural}`;
};

/** The create is refused with every violation in its message, and no object came to be. */
export async function checkDenied(api: Api, { object, violations }: Of<'denied'>): Promise<string> {
  const refusal = await api.create(pathOf(object), object).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal instanceof ApiError, `the create was not refused: ${String(refusal)}`);
  expect(refusal.status >= 400 && refusal.status < 500, `status ${refusal.status}`);
  const missing = violations.filter((text) => !refusal.message.includes(text));
  expect(missing.length === 0, `the message lacks ${missing.join('; ')}: ${refusal.message}`);
  const left = await api.find(`${pathOf(object)}/${object.metadata.name}`);
  expect(left === undefined, 'the object exists all the same');
  return `${violations.length} violations named`;
}

/** Succeeded, every step in order and nothing else, and the primary runs the new image. */
export async function checkPromoted(
  api: Api,
  record: StoryRecord,
  outcome: Of<'promoted'>,
  limitMs: number,
): Promise<string> {
  await settled(record, 'Succeeded', limitMs);
  expect(record.phases.includes('Progressing'), `phases ${record.phases.join(' ')}`);
  const weights = distinctWeights(record);
  const wanted = [0, ...outcome.weights, 0];
  expect(weights.join() === wanted.join(), `weights ${weights.join(' ')}, not ${wanted.join(' ')}`);
  const image = await primaryImage(api, outcome.namespace, outcome.canary);
  expect(image === outcome.image, `the primary runs ${image}`);
  return weights.join(' → ');
}

/** Failed, the route back at zero after at least the first step, and the primary untouched. */
export async function checkRolledBack(
  api: Api,
  record: StoryRecord,
  outcome: Of<'rolledBack'>,
  limitMs: number,
): Promise<string> {
  await settled(record, 'Failed', limitMs);
  const weights = distinctWeights(record);
  const reached = weights.slice(1, -1);
  const inOrder = outcome.weights.slice(0, reached.length).join() === reached.join();
  expect(
    reached.length > 0 && inOrder && weights[0] === 0 && weights.at(-1) === 0,
    `weights ${weights.join(' ')}`,
  );
  const path = `/apis/flagger.app/v1beta1/namespaces/${outcome.namespace}/canaries/${outcome.canary}`;
  const { status } = (await api.get(path)) as unknown as { status: { canaryWeight: number } };
  expect(status.canaryWeight === 0, `status.canaryWeight ${status.canaryWeight}`);
  const image = await primaryImage(api, outcome.namespace, outcome.canary);
  expect(image === outcome.image, `the primary runs ${image}`);
  return weights.join(' → ');
}

/** The weight stands still until the window's end, which the run names, and then rises by itself. */
export async function checkHeld(
  api: Api,
  record: StoryRecord,
  outcome: Of<'held'>,
  intervalMs: number,
): Promise<string> {
  const path = `/apis/sluice.dev/v1alpha1/namespaces/${outcome.namespace}/changewindows/${outcome.window}`;
  const window = (await api.get(path)) as unknown as { spec: { schedule: { to: string } } };
  const end = Date.parse(window.spec.schedule.to);
  const first = await waitFor('the run is held', () => record.holds[0], 4 * intervalMs);
  const weight = record.weight;
  const nextOpen = first.state.nextOpen;
  expect(nextOpen !== undefined && Date.parse(nextOpen) === end, `nextOpen ${String(nextOpen)}`);
  const reasons = first.state.reasons.join('; ');
  expect(reasons.includes(nextOpen), `no reason says when it ends: ${reasons}`);
  const length = end - Date.now();
  expect(length >= outcome.intervals * intervalMs, `held for ${length} ms only`);
  const rise = await waitFor(
    'the weight rises again',
    () => record.weights.find((change) => change.at > first.at && change.weight !== weight),
    length + 10 * intervalMs,
  );
  const late = Math.round(performance.timeOrigin + rise.at - end);
  expect(late >= 0, `the weight changed ${-late} ms before the window's end`);
  expect(rise.weight > weight, `the weight went to ${rise.weight}`);
  return `at ${weight} % until ${nextOpen}, went on ${(late / 1000).toFixed(1)} s later; "${reasons}"`;
}

async function settled(record: StoryRecord, phase: string, limitMs: number): Promise<void> {
  const last = await waitFor(
    `phase ${phase}`,
    () => {
      const now = record.phases.at(-1);
      return now === 'Succeeded' || now === 'Failed' ? now : undefined;
    },
    limitMs,
  );
  expect(last === phase, `it ended as ${last}; phases ${record.phases.join(' ')}`);
}

function distinctWeights(record: StoryRecord): number[] {
  return record.weights.map(({ weight }) => weight);
}

async function primaryImage(api: Api, namespace: string, canary: string): Promise<string> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${canary}-primary`;
  const deployment = (await api.get(path)) as unknown as {
    spec: { template: { spec: { containers: { image: string }[] } } };
  };
  return deployment.spec.template.spec.containers[0]?.image ?? '';
}
