import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { expect, it } from 'vitest';
import { startProduct } from '../../../src/app.ts';
import { silentLogger } from '../../../src/domain/logger.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { TransportRequest } from '../../../src/domain/transport.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { driveClock } from '../../../src/sandbox/drive-clock.ts';
import { startSandbox, type Sandbox } from '../../../src/sandbox/sandbox.ts';
import { parseStory, tellStory } from '../../../src/sandbox/story/parse-story.ts';
import { playStory } from '../../../src/sandbox/story/player.ts';
import { seededRandom } from '../../../src/sandbox/story/seeded-random.ts';
import { GATEWAY } from '../../../src/sandbox/surroundings.ts';
import { attributesOf, Rbac } from '../../support/rbac.ts';

const HOUR = 3_600_000;
const manifest = (path: string): string =>
  readFileSync(new URL(`../../../manifests/${path}`, import.meta.url), 'utf8');

/** Plays the story; what the product asked the API server for. */
async function play(clock: VirtualClock, signal: AbortSignal): Promise<TransportRequest[]> {
  const requests: TransportRequest[] = [];
  const sandbox: Sandbox = await startSandbox({
    clock,
    random: seededRandom('rights'),
    logger: silentLogger,
    signal,
    network: 'memory',
    port: 0,
    requestsPerSecond: 60,
    crds: ['crds/sluice.yaml', 'crds/flagger.yaml'].flatMap(
      (file) => loadAll(manifest(file)) as KubeObject[],
    ),
    startProduct: (surroundings) =>
      startProduct({
        ...surroundings,
        transport: (request) => {
          requests.push(request);
          return surroundings.transport(request);
        },
      }),
  });
  const { surroundings, client } = sandbox;
  const story = tellStory(parseStory(manifest('examples/story/story.yaml')), {
    NAMESPACE: 'shop',
    GATEWAY_NAME: GATEWAY.name,
    GATEWAY_NAMESPACE: GATEWAY.namespace,
    METRIC_SERVER: surroundings.metricServer,
  });
  const result = await playStory(story, {
    client,
    clock,
    signal,
    report: () => undefined,
    startTraffic: (hosts) => {
      for (const host of hosts) surroundings.load.add(host);
    },
  });
  expect(result.ok).toBe(true);
  await sandbox.close();
  return requests;
}

it('a whole day of releases needs no right that manifests/base does not grant', async () => {
  const clock = new VirtualClock();
  const requests = await driveClock(clock, play(clock, new AbortController().signal), HOUR);
  const roles = [new Rbac('webhook-rbac.yaml'), new Rbac('controller-rbac.yaml')];
  const refused = requests
    .map((request) => attributesOf(request))
    .filter((attributes) => !roles.some((role) => role.allows(attributes)));
  expect(refused).toEqual([]);
});
