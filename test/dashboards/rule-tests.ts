import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, dump, load } from 'js-yaml';
import type { Alert, Series } from './prometheus.ts';
import { promtool } from './promtool.ts';

const ALERTS = 'manifests/alerts/alerts.yaml';
const WRITTEN = 'test/dashboards/alert-tests.yaml';
/** A second of the recording is played as this long, so that what takes minutes has time. */
const STRETCHED = '1m';

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  annotations?: unknown;
}

interface RuleFile {
  readonly groups: readonly { readonly rules: AlertRule[] }[];
}

interface RuleTest {
  readonly name: string;
  readonly alert_rule_test: readonly {
    readonly alertname: string;
    readonly exp_alerts: readonly unknown[];
  }[];
}

/** The shipped alerts. */
export function alertRules(): readonly AlertRule[] {
  return (read(ALERTS) as RuleFile).groups.flatMap(({ rules }) => rules);
}

/** Alerts for which the written tests lack one that fires, or one that does not. */
export function untestedAlerts(): string[] {
  const cases = (read(WRITTEN) as { tests: RuleTest[] }).tests.flatMap(
    (each) => each.alert_rule_test,
  );
  const isTested = (name: string, fires: boolean): boolean =>
    cases.some(
      ({ alertname, exp_alerts }) => alertname === name && exp_alerts.length > 0 === fires,
    );
  return alertRules()
    .map(({ alert }) => alert)
    .filter((name) => !isTested(name, true) || !isTested(name, false));
}

/** Has promtool carry out the written tests. @returns what it printed when one fails */
export function runWrittenTests(folder: string): string | undefined {
  return runTests(folder, 'written', (file) => {
    copyFileSync(WRITTEN, file);
  });
}

/** A recording: every series that the alerts look at. */
export type Recording = readonly { readonly name: string; readonly series: readonly Series[] }[];

export interface Recorded {
  /** Seconds since the Unix epoch. */
  readonly start: number;
  readonly end: number;
  readonly recording: Recording;
  /** What fired in the run itself and needs no time to do so. */
  readonly fired: readonly Alert[];
  /** `instance` of the processes, by role. */
  readonly instances: Readonly<Record<'webhook' | 'controller', string>>;
}

/**
 * Has promtool judge what the processes really exposed: as it was, and as if one of them had died halfway.
 * @returns what it printed when an alert fires that should not, or does not that should
 */
export function runRecordedTests(folder: string, recorded: Recorded): string | undefined {
  const length = recorded.end - recorded.start;
  const at = `${length}m`;
  const quiet = ['SluiceWebhookDown', 'SluiceControllerNotLeading', 'SluiceNotReady'];
  const silent = ['SluiceCacheStale', 'SluicePoliciesNotCompiling', 'SluiceReviewErrors'];
  const failed = recorded.fired.filter(({ labels }) => labels['alertname'] === FAILED);
  const tests = [
    {
      name: 'as it was',
      interval: STRETCHED,
      input_series: inputSeries(recorded, () => length),
      alert_rule_test: [
        ...[...quiet, ...silent].map((alertname) => ({ eval_time: at, alertname, exp_alerts: [] })),
        { eval_time: at, alertname: FAILED, exp_alerts: failed.map(expected) },
      ],
    },
    ...(
      [
        ['webhook', 'SluiceWebhookDown'],
        ['controller', 'SluiceControllerNotLeading'],
      ] as const
    ).map(([role, alertname]) => ({
      name: `the ${role} dies halfway`,
      interval: STRETCHED,
      input_series: inputSeries(recorded, (instance) =>
        instance === recorded.instances[role] ? Math.floor(length / 2) : length,
      ),
      alert_rule_test: [
        { eval_time: `${Math.floor(length / 2) - 1}m`, alertname, exp_alerts: [] },
        { eval_time: at, alertname, exp_alerts: [{ exp_labels: { severity: 'critical' } }] },
      ],
    })),
  ];
  return runTests(folder, 'recorded', (file) => {
    const whole = { rule_files: ['alerts.yaml'], evaluation_interval: STRETCHED, tests };
    writeFileSync(file, dump(whole, { noRefs: true, lineWidth: -1 }));
  });
}

const FAILED = 'SluiceRolloutFailed';

function expected({ labels }: Alert): object {
  const exp = { ...labels };
  delete exp['alertname'];
  return { exp_labels: exp };
}

/** @param lasts how many seconds of an instance's series are kept */
function inputSeries(
  { start, recording }: Recorded,
  lasts: (instance: string) => number,
): object[] {
  return recording.flatMap(({ name, series }) =>
    series.map(({ metric, values }) => {
      const written = Object.entries(metric)
        .filter(([key]) => key !== '__name__')
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
      return {
        series: `${name}{${written.join(',')}}`,
        values: samples(values, start, lasts(metric['instance'] ?? '')),
      };
    }),
  );
}

/** Samples in promtool's notation; `_` where there is none. */
function samples(values: Series['values'], start: number, length: number): string {
  const bySecond = new Map(values.map(([time, value]) => [Math.round(time - start), value]));
  const notation = (value: string | undefined): string =>
    value === undefined || value === 'NaN' ? '_' : value;
  return Array.from({ length: length + 1 }, (_each, i) => notation(bySecond.get(i))).join(' ');
}

function runTests(folder: string, name: string, write: (file: string) => void): string | undefined {
  mkdirSync(folder, { recursive: true });
  const rules = read(ALERTS) as RuleFile;
  for (const rule of rules.groups.flatMap((group) => group.rules)) delete rule.annotations;
  writeFileSync(join(folder, 'alerts.yaml'), dump(rules, { lineWidth: -1 }));
  const file = join(folder, `${name}.yaml`);
  write(file);
  const { code, output } = promtool(['test', 'rules', file]);
  return code === 0 ? undefined : output;
}

function read(file: string): unknown {
  return load(readFileSync(file, 'utf8'), { schema: CORE_SCHEMA });
}
