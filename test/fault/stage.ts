import { get } from 'node:http';
import type { Api } from '../cluster/api.ts';
import { GATEWAY_URL } from '../cluster/data-plane.ts';
import { Load } from '../cluster/load.ts';
import type { Report } from '../cluster/report.ts';
import { pathOf } from '../cluster/story-outcomes.ts';
import type { SuiteContext } from '../cluster/suite.ts';
import { waitFor } from '../cluster/wait.ts';
import { HookServer } from './hook-server.ts';
import type { Gap, Played } from './played.ts';
import { Leader, type Takeover } from './leader.ts';
import { RolloutRecord } from './record.ts';
import { HOST, NAME, NAMESPACE, subjectObjects } from './subject.ts';

const REQUESTS_A_SECOND = 40;
const READY_LIMIT_MS = 120_000;
const ROLLOUT_LIMIT_MS = 240_000;

/** Does things to the controller while a rollout goes on; gives back what followed. */
export type Disturb = (record: RolloutRecord) => Promise<readonly Takeover[]>;

/** A Canary under load, with hooks that are counted, and the controllers that roll it out. */
export class Stage {
  readonly api: Api;
  readonly report: Report;
  readonly leader: Leader;
  readonly hooks: HookServer;
  readonly load: Load;
  #release = 0;

  private constructor(context: SuiteContext, hooks: HookServer) {
    this.api = context.cluster.api;
    this.report = context.report;
    this.leader = new Leader(this.api, context.pods);
    this.hooks = hooks;
    this.load = new Load(GATEWAY_URL, HOST, REQUESTS_A_SECOND);
  }

  static async set(context: SuiteContext): Promise<Stage> {
    const { api } = context.cluster;
    const hooks = new HookServer();
    await hooks.listen();
    for (const object of subjectObjects()) await api.create(pathOf(object), object);
    const path = `/apis/flagger.app/v1beta1/namespaces/${NAMESPACE}/canaries/${NAME}`;
    await waitFor(
      'the Canary is initialised',
      async () => {
        const { status } = (await api.get(path)) as { status?: { phase?: string } };
        return status?.phase === 'Initialized' ? true : undefined;
      },
      READY_LIMIT_MS,
    );
    await waitFor('the gateway serves the Canary', isServed, READY_LIMIT_MS);
    const stage = new Stage(context, hooks);
    await stage.leader.settled();
    return stage;
  }

  /** Plays one rollout from a new image to its end. */
  async play(disturb: Disturb = () => Promise.resolve([])): Promise<Played> {
    const image = `podinfo:7.0.${this.#release++}`;
    const record = await RolloutRecord.begin(this.api);
    try {
      const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`;
      const value = { op: 'replace', path: '/spec/template/spec/containers/0/image', value: image };
      await this.api.jsonPatch(path, [value]);
      await record.untilPhase('Progressing');
      const takeovers = await disturb(record);
      await record.untilCompleted(ROLLOUT_LIMIT_MS);
      const gaps: Gap[] = [];
      for (const { at, replacedAt } of takeovers) gaps.push({ from: at, to: await replacedAt });
      return { record, image, gaps };
    } finally {
      record.stop();
    }
  }

  close(): void {
    this.load.stop();
    this.leader.close();
    this.hooks.close();
  }
}

function isServed(): Promise<true | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(GATEWAY_URL, { headers: { host: HOST } }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? true : undefined);
    });
    request.once('error', reject);
  });
}
