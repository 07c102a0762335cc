import { get } from 'node:http';
import { GATEWAY_URL } from '../data-plane.ts';
import { expect } from '../report.ts';
import { canaryOf, noneLost, SETTLE_MS, workload, type Scenario } from './world.ts';
import { waitFor } from '../wait.ts';

const CLIENTS = 1000;
const VISITS = 3;
const AT_ONCE = 50;
const WEIGHT = 30;
const MAX_POINTS = 5;

/** Who has met the canary stays with it; new clients are divided by weight. */
export const scenario: Scenario = {
  name: 'session-affinity',
  play: async (world) => {
    const sessionAffinity = { cookieName: 'sluice-canary', maxAge: 3600 };
    const steps = { stepWeight: WEIGHT, maxWeight: WEIGHT, sessionAffinity };
    const patience = { interval: '20s', threshold: 3 };
    await world.start(canaryOf(world, { ...steps, ...patience }), workload('Deployment'));
    const load = await world.load();
    await world.setImage('6.0.1');
    await waitFor('the first step', () => world.record.weight > 0 || undefined, 60_000);
    const until = performance.now() + SETTLE_MS;
    await waitFor('the gateway has it', () => performance.now() > until || undefined, 10_000);
    await world.check(`stickiness over ${CLIENTS} clients`, async () => {
      const clients = await visitAll(world.host);
      const converts = clients.filter(({ first }) => first === 'canary');
      const strays = converts.filter(({ later }) => later.includes('primary')).length;
      const share = (100 * converts.length) / clients.length;
      const text = `${share.toFixed(1)} % began with the canary, ${strays} of them left it`;
      expect(strays === 0 && Math.abs(share - WEIGHT) <= MAX_POINTS, text);
      return text;
    });
    await world.check('the release is promoted and the cookie taken back', async () => {
      await world.untilPhase('Succeeded');
      const status = (await world.get('flagger.app/v1beta1', 'canaries'))['status'] as {
        previousSessionAffinityCookie?: string;
      };
      const cookie = status.previousSessionAffinityCookie ?? '';
      const { setCookie } = await visit(world.host, cookie);
      expect(setCookie.includes('Max-Age=-1'), `got ${setCookie}`);
      return 'Max-Age=-1';
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};

type Version = 'primary' | 'canary';
interface Client {
  readonly first: Version;
  readonly later: readonly Version[];
}

/** Clients that come one after the other, some at a time, each with the cookies it was given. */
async function visitAll(host: string): Promise<Client[]> {
  const clients: Client[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next++ < CLIENTS) clients.push(await client(host));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return clients;
}

async function client(host: string): Promise<Client> {
  const first = await visit(host, '');
  const cookie = first.setCookie.split(';')[0] ?? '';
  const later: Version[] = [];
  for (let i = 1; i < VISITS; i++) later.push((await visit(host, cookie)).version);
  return { first: first.version, later };
}

function visit(host: string, cookie: string): Promise<{ version: Version; setCookie: string }> {
  const headers = { host, ...(cookie === '' ? {} : { cookie }) };
  return new Promise((resolve, reject) => {
    const request = get(GATEWAY_URL, { headers }, (response) => {
      response.resume();
      response.on('end', () => {
        const pod = String(response.headers['x-pod'] ?? '');
        const version = pod.includes('-primary-') ? 'primary' : 'canary';
        resolve({ version, setCookie: (response.headers['set-cookie'] ?? []).join('; ') });
      });
    });
    request.on('error', reject);
  });
}
