import type { ObjectClient } from '../domain/client.ts';
import { sleep, type Clock } from '../domain/clock.ts';
import { isClusterError, SluiceError } from '../domain/errors.ts';
import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import { unregister } from './registration.ts';

export interface UninstallOptions {
  readonly client: ObjectClient;
  readonly clock: Clock;
  /** Sluice's own namespace. */
  readonly namespace: string;
  /** How long the webhook's pods may take to end; milliseconds. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** The webhook's Deployment in `manifests/base` and in the chart, and the label of its pods. */
const DEPLOYMENT = 'sluice-webhook';
const POD_LABELS = 'app.kubernetes.io/name=sluice,app.kubernetes.io/component=webhook';
const POLL_MS = 200;

/** A Pod as far as its end is concerned. */
interface EndingPod extends KubeObject {
  status?: { phase?: string };
}

/**
 * Stops the webhook for good and takes its registration away, in such an order that writes are refused for no longer
 * than a deletion takes: running replicas put a deleted configuration back, and ended ones can answer nobody.
 * @returns how many pods were waited for
 * @throws SluiceError SLUICE_DEADLINE when pods still run at the limit; ClusterError when the API server refuses
 */
export async function uninstall(options: UninstallOptions): Promise<number> {
  const { client, clock, limitMs, signal } = options;
  await scaleToNothing(options);
  const until = clock.monotonic() + limitMs;
  for (let seen = 0; ;) {
    // Asked before the deletion: what the last pod put back is taken away after it was seen to be gone.
    const running = await countPods(options);
    await unregister(client, signal);
    if (running === 0) return seen;
    seen = Math.max(seen, running);
    if (clock.monotonic() >= until) {
      throw new SluiceError('SLUICE_DEADLINE', `pods of the webhook still run: ${running}`);
    }
    await sleep(clock, POLL_MS, signal);
  }
}

async function scaleToNothing({ client, namespace, signal }: UninstallOptions): Promise<void> {
  const key = { namespace, name: DEPLOYMENT };
  const body = { spec: { replicas: 0 } };
  const options = { subresource: 'scale', signal } as const;
  try {
    await client.patch(RESOURCES.deployments, key, { type: 'merge', body }, options);
  } catch (error) {
    if (!isClusterError(error, 'NotFound')) throw error;
  }
}

async function countPods({ client, namespace, signal }: UninstallOptions): Promise<number> {
  const options = { namespace, labelSelector: POD_LABELS, signal };
  const { items } = await client.list<EndingPod>(RESOURCES.pods, options);
  return items.filter(({ status }) => !['Succeeded', 'Failed'].includes(status?.phase ?? ''))
    .length;
}
