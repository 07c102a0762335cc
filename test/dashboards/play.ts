import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/domain/clock.ts';
import type { KubeObject } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import { parseStory, tellStory } from '../../src/sandbox/story/parse-story.ts';
import { playStory } from '../../src/sandbox/story/player.ts';
import type { StoryResult } from '../../src/sandbox/story/story-event.ts';
import { GATEWAY } from '../../src/sandbox/surroundings.ts';
import type { Stage } from './stage.ts';

export const NAMESPACE = 'shop';
const STORY = 'manifests/examples/story/story.yaml';
const PATIENCE_MS = 30_000;
const WRITES = 12;

/**
 * Plays the example story (a promotion, a rollback, a hold, a denied write) and beside it what goes wrong in an
 * installation: alerts that a chat refuses, changes of what Sluice wrote, requests that are no reviews.
 */
export async function play(stage: Stage, signal: AbortSignal): Promise<StoryResult> {
  const incidents = [
    alertsAreRefused,
    routeIsChanged,
    webhookIsChanged,
    noReviewIsSent,
    peopleGoOnWriting,
  ];
  const [result] = await Promise.all([
    tell(stage, signal),
    ...incidents.map((incident) => incident(stage, signal)),
  ]);
  return result;
}

function tell({ sandbox }: Stage, signal: AbortSignal): Promise<StoryResult> {
  const { surroundings, client } = sandbox;
  const story = tellStory(parseStory(readFileSync(STORY, 'utf8')), {
    NAMESPACE,
    GATEWAY_NAME: GATEWAY.name,
    GATEWAY_NAMESPACE: GATEWAY.namespace,
    METRIC_SERVER: surroundings.metricServer,
  });
  return playStory(story, {
    client,
    clock: systemClock,
    signal,
    report: () => undefined,
    startTraffic: (hosts) => {
      for (const host of hosts) surroundings.load.add(host);
    },
  });
}

/** The Canary whose release fails tells it to a chat that does not take it. */
async function alertsAreRefused(
  { sandbox: { client }, brokenChat }: Stage,
  signal: AbortSignal,
): Promise<void> {
  const key = { namespace: NAMESPACE, name: 'search' };
  await found(() => client.get(RESOURCES.canaries, key, { signal }));
  const provider = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'AlertProvider',
    metadata: { name: 'broken', namespace: NAMESPACE },
    spec: { type: 'slack', channel: 'on-call', address: brokenChat },
  };
  await client.create(RESOURCES.alertProviders, provider, { signal });
  const alerts = [{ name: 'on-call', severity: 'info', providerRef: { name: 'broken' } }];
  const body = [{ op: 'add', path: '/spec/analysis/alerts', value: alerts }];
  await client.patch(RESOURCES.canaries, key, { type: 'json', body }, { signal });
}

async function routeIsChanged(
  { sandbox: { client }, executor }: Stage,
  signal: AbortSignal,
): Promise<void> {
  const key = { namespace: NAMESPACE, name: 'checkout' };
  await found(() => client.get(RESOURCES.httpRoutes, key, { signal }));
  const body = [{ op: 'replace', path: '/spec/hostnames', value: ['elsewhere.example.com'] }];
  await executor.patch(RESOURCES.httpRoutes, key, { type: 'json', body }, { signal });
}

async function webhookIsChanged(
  { sandbox: { client } }: Stage,
  signal: AbortSignal,
): Promise<void> {
  const type = RESOURCES.validatingWebhookConfigurations;
  // Once the controller follows what takes governance away, which it does when its copies are in.
  const key = { namespace: NAMESPACE, name: 'search' };
  await found(() => client.get(RESOURCES.canaries, key, { signal }));
  const { items } = await client.list<KubeObject>(type, { signal });
  const body = [{ op: 'replace', path: '/webhooks/0/timeoutSeconds', value: 1 }];
  for (const { metadata } of items) {
    await client.patch(type, { name: metadata.name }, { type: 'json', body }, { signal });
  }
}

/** Reviews are spread over the run: a rate needs some between two scrapes. */
async function peopleGoOnWriting(
  { sandbox: { client } }: Stage,
  signal: AbortSignal,
): Promise<void> {
  const key = { namespace: NAMESPACE, name: 'basket' };
  await found(() => client.get(RESOURCES.canaries, key, { signal }));
  for (let i = 0; i < WRITES; i++) {
    const body = [{ op: 'add', path: '/metadata/labels/written', value: String(i) }];
    await client.patch(RESOURCES.canaries, key, { type: 'json', body }, { signal });
    await sleep(1000);
  }
}

/** Something talks to the review port that is no API server. */
async function noReviewIsSent({ webhookPort }: Stage): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: webhookPort,
      path: '/validate',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      // The authority is made at start; what is sent is no secret.
      rejectUnauthorized: false,
    };
    const sent = request(options, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    sent.on('error', reject);
    sent.end('{"not":"a review"}');
  });
}

/** @throws Error when there is nothing after half a minute */
async function found<T>(look: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await look().catch(() => undefined);
    if (value !== undefined) return value;
    if (Date.now() > until) throw new Error('what an incident needs has not come to be');
    await sleep(200);
  }
}
