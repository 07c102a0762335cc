import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/domain/clock.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../../src/sandbox/api-server/api-server.ts';
import { ApiCaller, type Answer } from '../../contract/api-server/api-caller.ts';
import { hasGo, publishedCrds } from '../../contract/router/crds.ts';

const OPERATOR = {
  module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
  path: 'example/prometheus-operator-crd',
  names: ['prometheusrules.monitoring.coreos.com'],
};

const api = new ApiCaller(
  createApiServer({
    clock: systemClock,
    random: Math.random,
    callWebhook: () => Promise.reject(new Error('connection refused')),
  }).transport(SANDBOX_ADMIN),
);

function created(object: unknown): Promise<Answer> {
  const path = '/apis/monitoring.coreos.com/v1/namespaces/sluice-system/prometheusrules';
  return api.post(`${path}?fieldValidation=Strict&dryRun=All`, object);
}

const isCi = process.env['CI'] !== undefined;
if (!hasGo() && !isCi) {
  console.warn('no Go: rules are not validated against the definition of the Prometheus operator');
}

describe.runIf(hasGo() || isCi)('the definition of the Prometheus operator', () => {
  beforeAll(async () => {
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    for (const crd of publishedCrds(OPERATOR)) {
      expect((await api.post(definitions, crd)).status).toBe(201);
    }
    const metadata = { name: 'sluice-system' };
    await api.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
  }, 120_000);

  const folder = 'manifests/components/prometheus-rule';
  const rule = load(readFileSync(join(folder, 'prometheus-rule.yaml'), 'utf8')) as KubeObject;

  it('admits the component’s rules', async () => {
    const { status, text } = await created(rule);
    expect(status, text).toBe(201);
  });

  it('refuses a rule that is none', async () => {
    const groups = [{ name: 'x', rules: [{ alert: 'x' }] }];
    expect((await created({ ...rule, spec: { groups } })).status).toBe(422);
  });
});
