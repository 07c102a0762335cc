import { expect } from '../report.ts';
import { canaryOf, noneLost, workload, type Scenario } from './world.ts';

/** A changed ConfigMap is a release as any other: the primary keeps its copy until the promotion. */
export const scenario: Scenario = {
  name: 'config-change',
  play: async (world) => {
    await world.start(canaryOf(world), workload('Deployment'));
    const load = await world.load();
    const copy = async (): Promise<string> => {
      const map = await world.get('v1', 'configmaps', 'podinfo-config-primary');
      return (map['data'] as { message: string }).message;
    };
    const path = world.path('v1', 'configmaps', 'podinfo-config');
    await world.context.cluster.api.merge(path, { data: { message: 'changed' } });
    await world.check('it is rolled out, and the primary keeps its own meanwhile', async () => {
      await world.untilPhase('Progressing');
      const meanwhile = await copy();
      await world.untilPhase('Succeeded');
      const after = await copy();
      expect(meanwhile === 'hello' && after === 'changed', `${meanwhile}, then ${after}`);
      return `${meanwhile}, then ${after}`;
    });
    await world.check('no request is lost', () => noneLost(load));
  },
};
