import { readFile } from 'node:fs/promises';
import { CORE_SCHEMA, loadAll } from 'js-yaml';
import { systemClock } from '../../../src/domain/clock.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../../src/sandbox/api-server/api-server.ts';
import type { WebhookCaller } from '../../../src/sandbox/api-server/webhook-caller.ts';
import { ApiCaller } from '../../contract/api-server/api-caller.ts';
import { findKubectl, Kubectl } from './kubectl.ts';

/** The kubectl of this machine; undefined when there is none, which is an error in CI. */
export const program = findKubectl();
if (program === undefined && process.env['CI'] !== undefined) {
  throw new Error('kubectl is missing, and CI must run these tests');
}

/** Title of a suite, which says why it is skipped. */
export function titleOf(what: string): string {
  return program === undefined
    ? `${what} (skipped: no kubectl on the PATH and none in ~/.cache/sluice/bin)`
    : what;
}

export const CANARIES = '/apis/flagger.app/v1beta1/namespaces/default/canaries';

export function canary(name: string, stepWeight = 10) {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      service: { port: 80 },
      analysis: { interval: '10s', threshold: 5, stepWeight, maxWeight: 50 },
    },
  };
}

/** A server that knows Canaries, a kubectl of it, and a client. */
export interface KubectlWorld {
  readonly api: ApiCaller;
  readonly kubectl: Kubectl;
  /** Runs a command that must succeed. @returns what it prints */
  succeeds(...args: string[]): Promise<string>;
  close(): Promise<void>;
}

const noWebhook: WebhookCaller = () => Promise.reject(new Error('connection refused'));

export async function startKubectlWorld(callWebhook = noWebhook): Promise<KubectlWorld> {
  const server = createApiServer({ clock: systemClock, random: Math.random, callWebhook });
  const api = new ApiCaller(server.transport(SANDBOX_ADMIN));
  const file = await readFile('manifests/crds/flagger.yaml', 'utf8');
  for (const definition of loadAll(file, null, { schema: CORE_SCHEMA })) {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const { status, text } = await api.post(path, definition);
    if (status !== 201) throw new Error(text);
  }
  const { url } = await server.listen({ port: 0 });
  const kubectl = await Kubectl.connect(program ?? '', url);
  return {
    api,
    kubectl,
    succeeds: async (...args) => {
      const { code, stdout, stderr } = await kubectl.run(...args);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
      return stdout;
    },
    close: async () => {
      await kubectl.close();
      await server.close();
    },
  };
}
