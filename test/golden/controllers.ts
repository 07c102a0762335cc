import type { ControlPlane } from '../cluster/control-plane.ts';
import type { Processes } from '../cluster/processes.ts';
import type { ClusterInput } from '../cluster/start-cluster.ts';
import { waitFor } from '../cluster/wait.ts';
import { METRICS_URL, STUB_URL } from './kit.ts';

const EVENT_WEBHOOK = `${STUB_URL}/_events/hook/event`;
const LABELS = 'app.kubernetes.io';
const FLAGGER_PORT = 18_090;

/** `sluice serve` with nothing prepared for it, on its default port. */
export async function startSluice(
  { main }: Pick<ClusterInput, 'main'>,
  processes: Processes,
  { kubeconfig }: ControlPlane,
): Promise<void> {
  processes.start('sluice', process.execPath, [
    main,
    'serve',
    '--roles=controller',
    '--fence=off',
    `--kubeconfig=${kubeconfig}`,
    `--metrics-server=${METRICS_URL}`,
    `--include-label-prefix=${LABELS}`,
    `--event-webhook=${EVENT_WEBHOOK}`,
  ]);
  await answers('sluice', 'http://127.0.0.1:8080/readyz', processes);
}

/** The real Flagger, with the flags with which it was recorded. */
export async function startFlagger(
  { binaries }: Pick<ClusterInput, 'binaries'>,
  processes: Processes,
  { kubeconfig }: ControlPlane,
): Promise<void> {
  if (binaries.flagger === undefined) throw new Error('flagger was not asked for');
  processes.start('flagger', binaries.flagger, [
    `-kubeconfig=${kubeconfig}`,
    '-mesh-provider=gatewayapi:v1',
    `-metrics-server=${METRICS_URL}`,
    `-port=${FLAGGER_PORT}`,
    '-control-loop-interval=1s',
    '-log-level=info',
    `-include-label-prefix=${LABELS}`,
    `-event-webhook=${EVENT_WEBHOOK}`,
  ]);
  await answers('flagger', `http://127.0.0.1:${FLAGGER_PORT}/healthz`, processes);
}

async function answers(name: string, url: string, processes: Processes): Promise<void> {
  await waitFor(
    `${name} answers`,
    async () => {
      processes.assertAlive(name);
      const response = await fetch(url);
      await response.arrayBuffer();
      return response.ok ? true : undefined;
    },
    30_000,
  );
}
