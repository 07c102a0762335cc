import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS, type MetricSpec } from '../../../src/telemetry/metric-table.ts';

const RECORDED = join(process.env['SLUICE_SHARED'] ?? '../shared', 'golden/flagger-metrics.txt');
const OURS: Readonly<Record<string, MetricSpec>> = METRICS;

/** Families of a page of metrics: their kinds, and the labels of their first sample. */
function families(text: string): { name: string; kind: string; labels: string[] }[] {
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', kind = '']) => {
    const sample = new RegExp(`^${name}(?:_sum)?\\{([^}]*)\\}`, 'm').exec(text)?.[1] ?? '';
    const labels = [...sample.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
    return { name, kind, labels: labels.sort() };
  });
}

test('every metric of Flagger has its name, kind and labels here', () => {
  if (!existsSync(RECORDED)) {
    const message = `no recorded metrics at ${RECORDED}; set SLUICE_SHARED`;
    if (process.env['CI'] !== undefined) throw new Error(message);
    process.stderr.write(`${message}: they are not compared\n`);
    return;
  }
  const recorded = families(readFileSync(RECORDED, 'utf8'));
  expect(recorded.length).toBeGreaterThan(7);
  for (const { name, kind, labels } of recorded) {
    const own = OURS[name];
    expect({ name, kind: own?.kind, labels: [...(own?.labels ?? [])].sort() }).toEqual({
      name,
      kind,
      labels,
    });
  }
});
