import { CONTOUR_GATEWAY, CONTOUR_URL } from '../contour.ts';
import { PROMETHEUS_URL } from '../data-plane.ts';
import { expect } from '../report.ts';
import { canaryOf, isPrimary, noneLost, workload, type Scenario } from './world.ts';

/** Copies of requests go to the canary, answers come from the primary: Contour with Envoy, since Traefik mirrors none. */
export const scenario: Scenario = {
  name: 'mirroring',
  play: async (world) => {
    const canary = canaryOf(world, { iterations: 3, mirror: true }, { gateway: CONTOUR_GATEWAY });
    await world.start(canary, workload('Deployment'));
    const load = await world.load({ url: CONTOUR_URL });
    await world.setImage('6.0.1');
    let copies = 0;
    await world.check('the release is promoted', async () => {
      await world.untilPhase('Promoting');
      copies = await requestsOf(world.namespace);
      await world.untilPhase('Succeeded');
      return world.record.phases.join(' ');
    });
    await world.check('the canary gets copies, and nobody its answers before the switch', () => {
      const [, switched] = world.record.weights;
      const before = load.between(0, switched?.at ?? 0);
      const early = before.filter((answer) => !isPrimary(answer)).length;
      const text = `${Math.round(copies)} requests on the canary, ${early} of ${before.length} answers from it`;
      expect(before.length > 0 && early === 0 && copies > 50, text);
      return text;
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};

/** What the canary's pods have counted, by Prometheus. */
async function requestsOf(namespace: string): Promise<number> {
  const pods = `kubernetes_namespace="${namespace}",kubernetes_pod_name!~"podinfo-primary-.*"`;
  const query = `sum(http_request_duration_seconds_count{${pods},status="200"})`;
  const answer = await fetch(`${PROMETHEUS_URL}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return Number(data.result[0]?.value[1] ?? 0);
}
