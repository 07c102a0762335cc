/**
 * Checks the dashboards and alert rules against what the processes really expose: the example story is played on the
 * in-memory cluster, Debian's prometheus scrapes it, and every panel must have data. Ends with `N passed, N failed`.
 *
 * Usage: node test/dashboards/run.ts   (needs the Debian package prometheus)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Report, expect } from '../cluster/report.ts';
import { readBuiltinQueries } from './builtin-queries.ts';
import { documentedNames, exposedNames, metricNamesIn } from './metric-names.ts';
import { choiceQueries, filledIn, panelQueries } from './panels.ts';
import { NAMESPACE, play } from './play.ts';
import { Prometheus, type Series } from './prometheus.ts';
import { metricComplaints, promtool } from './promtool.ts';
import { alertRules, runRecordedTests, runWrittenTests, untestedAlerts } from './rule-tests.ts';
import { startStage, type Stage } from './stage.ts';

/** What one chooses at the top of a dashboard, and what Grafana fills in itself. */
const CHOICE = { namespace: NAMESPACE, name: '.*', job: '.*', rate_interval: '10s' };
/** Alerts of which the played incidents are. */
const INCIDENTS = ['SluiceRolloutFailed', 'SluiceAlertsNotDelivered', 'SluiceCoverageGap'];
const RULE_FILES = ['recording', 'alerts'].map((name) => `manifests/alerts/${name}.yaml`);
/** For the last values to be scraped and the rules to be evaluated. */
const SETTLE_MS = 4000;

const report = new Report();
const folder = mkdtempSync(join(tmpdir(), 'sluice-dashboards-'));
const life = new AbortController();
const prometheus = new Prometheus(join(folder, 'prometheus'));
let stage: Stage | undefined;
const second = (): number => Math.floor(Date.now() / 1000);

try {
  await checkFiles();
  stage = await startStage(life.signal);
  await prometheus.start(stage.targets);
  const start = second();
  const playing = stage;
  await report.check('the story is played, with what goes wrong beside it', async () => {
    const { ok, outcomes } = await play(playing, life.signal);
    expect(ok, JSON.stringify(outcomes.filter((outcome) => !outcome.ok)));
    return `${second() - start} s`;
  });
  await sleep(SETTLE_MS);
  await checkRun(stage, { start, end: second() });
} catch (error) {
  await report.check('the run', () => {
    throw error;
  });
} finally {
  await prometheus.stop();
  life.abort();
  await stage?.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(report.summary());
process.exitCode = report.failed === 0 && report.passed > 0 ? 0 : 1;

/** What needs no run. */
async function checkFiles(): Promise<void> {
  await report.check('promtool takes the rules', () => {
    const { code, output } = promtool(['check', 'rules', ...RULE_FILES]);
    expect(code === 0, output);
    return output.match(/\d+ rules found/g)?.join(', ');
  });
  await report.check(
    'every alert has a test in which it fires and one in which it does not',
    () => {
      expect(untestedAlerts().length === 0, untestedAlerts().join(', '));
      return `${alertRules().length} alerts`;
    },
  );
  await report.check('promtool takes the builtin checks of every data plane', () => {
    return `${readBuiltinQueries(folder)} queries`;
  });
  await report.check('alerts fire when they should, and only then', () => {
    const output = runWrittenTests(join(folder, 'written'));
    expect(output === undefined, output ?? '');
    return undefined;
  });
}

interface Run {
  readonly start: number;
  readonly end: number;
}

async function checkRun({ targets }: Stage, run: Run): Promise<void> {
  const expositions = await Promise.all(
    Object.values(targets).map(async (target) => (await fetch(`http://${target}/metrics`)).text()),
  );
  await checkNames(expositions);
  for (const { dashboard, panel, expr } of panelQueries()) {
    await report.check(`${dashboard}: ${panel} has data`, async () => {
      return dataOf(filledIn(expr, CHOICE), run);
    });
  }
  for (const { dashboard, name, match, label } of choiceQueries()) {
    await report.check(`${dashboard}: ${name} offers a choice`, async () => {
      const values = await prometheus.labelValues(filledIn(match, CHOICE), label);
      expect(values.length > 0, `no value of ${label} in ${match}`);
      return values.join(', ');
    });
  }
  await checkRules(targets, run);
}

/** How many series a query has over the run. @throws Error when none has a number */
async function dataOf(query: string, { start, end }: Run): Promise<string> {
  const series = await prometheus.range(query, start, end);
  const shown = series.filter(({ values }) => values.some(([, value]) => value !== 'NaN'));
  expect(shown.length > 0, `no data for ${query}`);
  return `${shown.length} series`;
}

async function checkNames(expositions: readonly string[]): Promise<void> {
  const exposed = new Set(expositions.flatMap((text) => [...exposedNames(text)]));
  const queries = [...panelQueries(), ...alertRules()].map(({ expr }) => expr);
  const names = metricNamesIn(queries, exposed);
  await report.check('every metric that is asked for is exposed', () => {
    const missing = names.filter((name) => !exposed.has(name));
    expect(names.length > 0 && missing.length === 0, missing.join(', '));
    return `${names.length} metrics`;
  });
  await report.check('every metric of ours that is asked for is documented', () => {
    const documented = documentedNames();
    const ours = names.filter((name) => /^(sluice|flagger)_/.test(name));
    const missing = ours.filter((name) => !documented.has(name));
    expect(ours.length > 0 && missing.length === 0, missing.join(', '));
    return `${ours.length} of ${documented.size}`;
  });
  await report.check('promtool takes what is exposed', () => {
    const { complaints, unused } = metricComplaints(expositions);
    expect(complaints.length === 0, complaints.join('; '));
    expect(unused.length === 0, `nothing is said against ${unused.join(', ')}`);
    return undefined;
  });
}

async function checkRules(targets: Stage['targets'], run: Run): Promise<void> {
  const rules = await prometheus.rules();
  await report.check('every rule can be evaluated', () => {
    const ill = rules.filter(({ health }) => health !== 'ok');
    const said = ill.map(({ name, lastError = 'not yet evaluated' }) => `${name}: ${lastError}`);
    expect(rules.length > 0 && ill.length === 0, said.join('; '));
    return `${rules.length} rules`;
  });
  for (const { name } of rules.filter(({ type }) => type === 'recording')) {
    await report.check(`recording rule ${name} has data`, async () => {
      return dataOf(name, run);
    });
  }
  const firing = rules
    .flatMap(({ alerts = [] }) => alerts)
    .filter(({ state }) => state === 'firing');
  await report.check('the incidents of the run fire, and nothing else', () => {
    const names = [...new Set(firing.map(({ labels }) => labels['alertname'] ?? ''))].sort();
    expect(names.join() === [...INCIDENTS].sort().join(), `firing: ${names.join(', ')}`);
    const texts = firing.flatMap(({ annotations }) => Object.values(annotations));
    expect(!texts.some((text) => /error|\{\{/.test(text)), texts.join('; '));
    return names.join(', ');
  });
  await report.check(
    'alerts judge what was recorded, and a process that dies, as they should',
    async () => {
      const recording = await record(run);
      const fired = firing.filter(({ labels }) => labels['alertname'] === 'SluiceRolloutFailed');
      const output = runRecordedTests(join(folder, 'recorded'), {
        ...run,
        recording,
        fired,
        instances: targets,
      });
      expect(output === undefined, output ?? '');
      return `${recording.flatMap(({ series }) => series).length} series`;
    },
  );
}

/** Every series that alerts look at, over the whole run. */
async function record({ start, end }: Run): Promise<{ name: string; series: Series[] }[]> {
  const exprs = alertRules().map(({ expr }) => expr);
  const names = exprs.flatMap(
    (expr) => expr.match(/(?<![\w:])(?:sluice|flagger)_[a-z0-9_]+/g) ?? [],
  );
  return Promise.all(
    [...new Set(names)].map(async (name) => ({
      name,
      series: await prometheus.range(name, start, end),
    })),
  );
}
