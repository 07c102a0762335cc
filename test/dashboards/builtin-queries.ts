import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRIC_FAMILIES } from '../../src/delivery/metric-family/index.ts';
import type { BuiltinMetric, MetricFamily } from '../../src/delivery/metric-family/types.ts';
import { promtool } from './promtool.ts';

const METRICS: readonly BuiltinMetric[] = ['request-success-rate', 'request-duration'];
const VALUES = {
  name: 'podinfo',
  namespace: 'shop',
  target: 'podinfo',
  service: 'podinfo',
  ingress: 'podinfo',
  route: 'podinfo',
  interval: '1m',
  variables: {},
};

/**
 * Has promtool read the builtin checks of every data plane.
 * @returns how many there are
 * @throws Error with what promtool says against one
 */
export function readBuiltinQueries(folder: string): number {
  const families: readonly MetricFamily[] = METRIC_FAMILIES;
  const rules = families.flatMap(({ name, queries }) =>
    METRICS.map((metric) => ({
      record: `builtin:${name}:${metric}`.replace(/[^\w:]/g, '_'),
      expr: queries[metric].query(VALUES),
    })),
  );
  const file = join(folder, 'builtin-queries.yaml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'builtin', rules }] }));
  const { code, output } = promtool(['check', 'rules', file]);
  if (code !== 0) throw new Error(output);
  return rules.length;
}
