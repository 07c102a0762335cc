import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command } from '../../../src/cli/report.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import type { ControlsReport } from '../../../src/evidence/report/controls-report.ts';
import { kubeconfig } from '../../../src/sandbox/kubeconfig.ts';
import { startAppCluster, type AppCluster } from '../../support/app-cluster.ts';
import { runCommand } from '../../support/cli-context.ts';

const signal = new AbortController().signal;
const NOW = ['--now', '2026-11-25T12:00:00Z'];
const CASES = 'test/unit/evidence/cases';
let cluster: AppCluster;
let folder: string;
let file: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-report-'));
  file = join(folder, 'kubeconfig');
  cluster = await startAppCluster({ clock: systemClock });
  const { url } = await cluster.api.listen({ port: 0 });
  writeFileSync(file, kubeconfig({ server: url, namespace: 'default' }));
});
afterEach(async () => {
  await cluster.api.close();
  rmSync(folder, { recursive: true });
});

async function fill(): Promise<void> {
  const create = (type: Parameters<typeof cluster.client.create>[0], object: KubeObject) =>
    cluster.client.create(type, object, { signal });
  const apiVersion = 'sluice.dev/v1alpha1';
  await create(RESOURCES.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { 'sluice.dev/governed': 'true' } },
  });
  const rule = {
    apiGroups: ['apps'],
    apiVersions: ['*'],
    resources: ['deployments'],
    operations: ['CREATE', 'UPDATE'],
  };
  const spec = {
    title: 'Few replicas',
    standards: [{ id: 'soc2-2017', controls: ['CC8.1'] }],
    matchConstraints: { resourceRules: [rule] },
    validations: [{ name: 'few', expression: 'object.spec.replicas <= 2' }],
  };
  const policy = { apiVersion, kind: 'RolloutPolicy', metadata: { name: 'few' }, spec };
  await create(RESOURCES.rolloutPolicies, policy);
  await create(RESOURCES.rolloutPolicyBindings, {
    apiVersion,
    kind: 'RolloutPolicyBinding',
    metadata: { name: 'few-b' },
    ...{ spec: { policyName: 'few', validationActions: ['Deny'] } },
  });
  const labels = { app: 'web' };
  await create(RESOURCES.deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    ...{
      spec: {
        replicas: 5,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: 'web', image: 'example.com/web:1' }] },
        },
      },
    },
  });
}

const report = (...argv: string[]) =>
  runCommand(command, 'controls', '--framework', 'soc2', ...NOW, ...argv);

describe('a report about the cluster', () => {
  it('examines what is there, and says that the webhook is not registered', async () => {
    await fill();
    const { code, stdout } = await report('--kubeconfig', file, '-n', 'shop', '-o', 'json');
    const found = JSON.parse(stdout) as ControlsReport;
    expect(code).toBe(0);
    expect(found).toMatchObject({
      kind: 'ControlsReport',
      framework: { id: 'soc2-2017' },
      source: 'the cluster',
      scope: { namespaces: ['shop'], isChosen: true },
      unseen: [],
    });
    expect(found.controls[0]).toMatchObject({
      id: 'CC8.1',
      enforcement: 'not-enforced',
      policies: [
        {
          name: 'few',
          gaps: [{ code: 'webhook-missing' }],
          bindings: [{ name: 'few-b', action: 'Deny', namespaces: ['shop'] }],
          found: { denied: 1, examples: ['Deployment shop/web'] },
        },
      ],
    });
  });

  it('is enforced once the webhook is registered', async () => {
    await fill();
    await cluster.client.create(
      RESOURCES.validatingWebhookConfigurations,
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'sluice' },
      },
      { signal },
    );
    const { stdout } = await report('--kubeconfig', file, '-n', 'shop', '-o', 'json');
    expect((JSON.parse(stdout) as ControlsReport).controls[0]?.enforcement).toBe('enforced');
    const all = await report('--kubeconfig', file, '-o', 'json');
    expect((JSON.parse(all.stdout) as ControlsReport).controls[0]).toMatchObject({
      enforcement: 'partly',
      policies: [{ gaps: [{ code: 'namespace-left-out' }] }],
    });
  });
});

describe('a report from files', () => {
  it.each([
    ['text', /^SOC 2 \(2017/],
    ['markdown', /^# SOC 2/],
    ['html', /^<!doctype html>/],
    ['json', /^\{\n {2}"kind": "ControlsReport"/],
  ])('is %s', async (format, start) => {
    const { code, stdout } = await report(`${CASES}/enforced.yaml`, '-o', format);
    expect([code, start.test(stdout)]).toEqual([0, true]);
  });

  it('is the same each time', async () => {
    const first = await report(`${CASES}/excepted.yaml`, '-o', 'html');
    const second = await report(`${CASES}/excepted.yaml`, '-o', 'html');
    expect(second.stdout).toBe(first.stdout);
  });

  it.each(['soc2', 'hipaa', 'gdpr', 'pci-dss-4', 'iso-27001', 'nist-800-53', 'soc2-2017'])(
    'knows %s',
    async (name) => {
      const { code } = await runCommand(command, 'controls', '-f', name, 'policies');
      expect(code).toBe(0);
    },
  );

  it('exits 1 for gaps only when it is to be strict, and 2 for what cannot be read', async () => {
    const strict = await report(`${CASES}/enforced.yaml`, '--strict');
    expect(strict.code).toBe(1);
    writeFileSync(join(folder, 'bad.yaml'), 'a: [');
    const bad = await report(join(folder, 'bad.yaml'));
    expect([bad.code, bad.stderr.startsWith('error: ')]).toEqual([2, true]);
  });

  it.each([
    ['RolloutPolicy', '{name: p}', /RolloutPolicy: spec/],
    ['RolloutPolicyBinding', '{name: b}', /RolloutPolicyBinding: spec/],
    ['PolicyException', '{name: e, namespace: n}', /PolicyException: spec/],
    ['Approval', '{name: a}', /Approval: spec/],
  ])('passes over a %s that is none, and says so', async (kind, metadata, message) => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, `apiVersion: sluice.dev/v1alpha1\nkind: ${kind}\nmetadata: ${metadata}\n`);
    const { code, stderr, stdout } = await report(bad);
    expect([code, stdout.startsWith('SOC 2')]).toEqual([2, true]);
    expect(stderr).toMatch(message);
  });

  it.each([
    [['controls', 'x.yaml'], 'report controls needs --framework; known: soc2, hipaa, gdpr'],
    [['controls', '-f', 'sox', 'x.yaml'], 'unknown framework sox; known: soc2'],
    [['nothing', '-f', 'soc2'], 'unknown report nothing; known: controls'],
    [['controls', '-f', 'soc2', '-o', 'pdf', 'x'], 'unknown format pdf; known: text, json'],
    [['controls', '-f', 'soc2', '--now', 'today', 'x'], '--now must be an RFC 3339 time'],
  ])('of %j says what is wrong', async (argv, message) => {
    await expect(runCommand(command, ...argv)).rejects.toThrow(message);
  });
});
