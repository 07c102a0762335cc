import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { expect, it } from 'vitest';
import { alertRuleFiles } from '../../../scripts/generate/alert-rules.ts';
import { dashboardFiles } from '../../../scripts/generate/grafana/dashboards.ts';
import { METRICS, type MetricSpec } from '../../../src/telemetry/metric-table.ts';
import { documentedNames, metricNamesIn } from '../../dashboards/metric-names.ts';
import { panelQueries } from '../../dashboards/panels.ts';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: unknown;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly targets?: readonly { readonly datasource: unknown; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const { groups } = load(readFileSync('manifests/alerts/alerts.yaml', 'utf8')) as {
  groups: { rules: Alert[] }[];
};
const alerts = groups.flatMap(({ rules }) => rules);
const dashboards = dashboardFiles().map(({ text }) => JSON.parse(text) as Dashboard);
const guide = readFileSync('docs/guides/operations.md', 'utf8');

it.each([...alertRuleFiles(), ...dashboardFiles()])('$file is what the code generates', ({ file, text }) => {
  expect(readFileSync(file, 'utf8'), 'run npm run generate').toBe(text);
});

it.each(alerts)('$alert has a severity, and the guide says what to do', ({ alert, labels, annotations }) => {
  expect(['critical', 'warning']).toContain(labels.severity);
  expect(guide).toContain(`| \`${alert}\` | ${labels.severity} |`);
  expect(guide).toContain(`\n### ${alert}\n`);
  expect(annotations.runbook).toBe(`docs/guides/operations.md#${alert.toLowerCase()}`);
  expect(annotations.summary.length).toBeGreaterThan(10);
});

it('the guide knows no other alert', () => {
  const told = [...guide.matchAll(/^### (\w+)$/gm)].map((match) => match[1]);
  expect(told).toEqual(alerts.map(({ alert }) => alert));
});

it('queries of panels and alerts ask for metrics of the reference alone', () => {
  const queries = [...panelQueries(), ...alerts].map(({ expr }) => expr);
  const table = new Set(Object.keys(METRICS));
  const ours = metricNamesIn(queries, table).filter((name) => /^(sluice|flagger)_/.test(name));
  expect(ours.length).toBeGreaterThan(20);
  expect(ours.filter((name) => !documentedNames().has(name))).toEqual([]);
});

it('queries group by labels that some metric has', () => {
  const known = new Set(['le', 'job', 'instance']);
  for (const { labels } of Object.values(METRICS) as MetricSpec[]) labels.forEach((label) => known.add(label));
  for (const { expr } of [...panelQueries(), ...alerts]) {
    for (const [, list = ''] of expr.matchAll(/\b(?:by|on|group_left) ?\(([^)]*)\)/g)) {
      for (const label of list.split(',')) expect(known, expr).toContain(label.trim());
    }
  }
});

it.each(dashboards)('$title: every panel has a place, a text and the chosen data source', ({ panels }) => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const source = { type: 'prometheus', uid: '${datasource}' };
  for (const { type, title, description, datasource, targets = [] } of panels) {
    if (type === 'row') continue;
    expect(description, title).toMatch(/\S.{10,}\.$/);
    expect(datasource).toEqual(source);
    for (const target of targets) {
      expect(target.datasource).toEqual(source);
      expect(target.legendFormat).not.toBe('');
    }
  }
  const taken = new Set<string>();
  for (const { gridPos } of panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x}/${y}`), 'panels lie on each other').toBe(false);
        taken.add(`${x}/${y}`);
      }
    }
  }
});

it('dashboards have names of their own, and Kustomize knows each', () => {
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
  const kustomization = readFileSync('manifests/grafana/kustomization.yaml', 'utf8');
  for (const { file } of dashboardFiles()) {
    expect(kustomization).toContain(`[${file.split('/').at(-1) ?? ''}]`);
  }
});
