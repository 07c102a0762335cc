import { writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { GATEWAY, GATEWAY_URL, PROMETHEUS_URL } from './data-plane.ts';
import { Load } from './load.ts';
import {
  checkDenied,
  checkHeld,
  checkPromoted,
  checkRolledBack,
  pathOf,
} from './story-outcomes.ts';
import {
  readStory,
  substituteTimes,
  type Outcome,
  type Step,
  type Story,
  type Track,
} from './story-file.ts';
import { StoryRecord } from './story-record.ts';
import { checkHarm, checkNoneLost, checkShares } from './story-traffic.ts';
import type { SuiteContext } from './suite.ts';
import { waitFor } from './wait.ts';

const INTERVAL_S = 10;
const REQUESTS_A_SECOND = 90;
const OUTCOME_LIMIT_MS = 60 * INTERVAL_S * 1000;

/** The load towards one Canary's host, by the Canary's name. */
type Loads = ReadonlyMap<string, Load>;

/** Plays the story with real requests through the gateway, and judges traffic by what the load generator counted. */
export async function storySuite(context: SuiteContext): Promise<void> {
  const story = readStory({
    NAMESPACE: 'story',
    GATEWAY_NAME: GATEWAY.name,
    GATEWAY_NAMESPACE: GATEWAY.namespace,
    METRIC_SERVER: PROMETHEUS_URL,
    INTERVAL: `${INTERVAL_S}s`,
    FREEZE: `${6 * INTERVAL_S}s`,
  });
  await context.report.check('story: the objects are admitted and initialised', () =>
    setUp(context, story),
  );
  // The gateway takes a new route over with delay; what is measured begins when each has been.
  for (const { host } of story.traffic) {
    await waitFor(`the gateway serves ${host}`, () => isServed(host), 30_000);
  }
  const loads = new Map(
    story.traffic.map(({ host }) => [
      host.split('.')[0] ?? '',
      new Load(GATEWAY_URL, host, REQUESTS_A_SECOND),
    ]),
  );
  try {
    await Promise.all(story.tracks.map((track) => playTrack(context, track, loads)));
  } finally {
    for (const [name, load] of loads) {
      load.stop();
      const failed = load.answers.filter(({ status }) => status !== 200);
      const file = join(context.folder, 'log', `failed-answers-${name}.json`);
      writeFileSync(file, failed.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
    }
  }
}

async function setUp({ cluster }: SuiteContext, story: Story): Promise<string> {
  for (const object of story.setup) await cluster.api.create(pathOf(object), object);
  const canaries = story.setup.filter(({ kind }) => kind === 'Canary');
  for (const canary of canaries) {
    const path = `${pathOf(canary)}/${canary.metadata.name}`;
    await waitFor(
      `${canary.metadata.name} is initialised`,
      async () => {
        const { status } = (await cluster.api.get(path)) as { status?: { phase?: string } };
        return status?.phase === 'Initialized' ? true : undefined;
      },
      60_000,
    );
  }
  return `${story.setup.length} objects`;
}

function isServed(host: string): Promise<true | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(GATEWAY_URL, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? true : undefined);
    });
    request.once('error', reject);
  });
}

async function playTrack(context: SuiteContext, track: Track, loads: Loads): Promise<void> {
  const subject = subjectOf(track);
  const record =
    subject === undefined
      ? undefined
      : new StoryRecord(context.cluster.api, subject.namespace, subject.canary);
  try {
    if (record !== undefined) {
      await waitFor(
        'the watches are up',
        () => (record.phases.length > 0 ? true : undefined),
        10_000,
      );
      record.phases.length = 0;
    }
    for (const step of track.steps) await playStep(context, step, record, loads);
  } catch (error) {
    await context.report.check(`story: ${track.name}`, () => {
      throw error;
    });
  } finally {
    record?.stop();
  }
}

function subjectOf(track: Track): { canary: string; namespace: string } | undefined {
  for (const step of track.steps) {
    if ('expect' in step && step.expect.outcome !== 'denied') return step.expect;
  }
  return undefined;
}

async function playStep(
  context: SuiteContext,
  step: Step,
  record: StoryRecord | undefined,
  loads: Loads,
): Promise<void> {
  const { api } = context.cluster;
  if ('apply' in step) {
    const object = substituteTimes(step.apply, Date.now());
    await api.create(pathOf(object), object);
  } else if ('patch' in step) {
    const { apiVersion, kind, namespace, name, body } = step.patch;
    const path = pathOf({ apiVersion, kind, metadata: { namespace, name } });
    await api.jsonPatch(`${path}/${name}`, body);
  } else if ('wait' in step) {
    const { weight } = step.wait;
    const reached = (): true | undefined => (record?.weight === weight ? true : undefined);
    await waitFor(`weight ${weight}`, reached, OUTCOME_LIMIT_MS);
  } else {
    await judge(context, step.expect, record, loads);
  }
}

async function judge(
  context: SuiteContext,
  outcome: Outcome,
  record: StoryRecord | undefined,
  loads: Loads,
): Promise<void> {
  const { report, cluster } = context;
  if (outcome.outcome === 'denied') {
    await report.check('story: denied', () => checkDenied(cluster.api, outcome));
    return;
  }
  const { canary } = outcome;
  const load = loads.get(canary);
  if (record === undefined || load === undefined) throw new Error(`no traffic to ${canary}`);
  const title = `story: ${canary} ${outcome.outcome}`;
  if (outcome.outcome === 'held') {
    await report.check(title, () => checkHeld(cluster.api, record, outcome, INTERVAL_S * 1000));
  } else if (outcome.outcome === 'promoted') {
    await report.check(title, () => checkPromoted(cluster.api, record, outcome, OUTCOME_LIMIT_MS));
    await report.check(`${title}: canary share`, () =>
      checkShares(load, record, canary, outcome.weights),
    );
    await report.check(`${title}: requests`, () => checkNoneLost(load));
  } else {
    await report.check(title, () =>
      checkRolledBack(cluster.api, record, outcome, OUTCOME_LIMIT_MS),
    );
    await report.check(`${title}: harm`, () => checkHarm(load, canary));
  }
}
