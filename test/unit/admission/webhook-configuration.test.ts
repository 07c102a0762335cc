import { describe, expect, it } from 'vitest';
import {
  buildWebhookConfigurations,
  type WebhookConfigurationOptions,
} from '../../../src/admission/webhook-configuration.ts';
import type { RolloutPolicySpec } from '../../../src/domain/policy.ts';
import { EXECUTOR } from './fixture.ts';

const options: WebhookConfigurationOptions = {
  target: { service: { namespace: 'sluice-system', name: 'sluice-webhook', port: 443 } },
  caBundle: 'PEM\n',
  policies: [],
  executorUsernames: [EXECUTOR],
  systemNamespace: 'sluice-system',
};

function about(
  group: string,
  resource: string,
  failurePolicy?: 'Fail' | 'Ignore',
): Pick<RolloutPolicySpec, 'failurePolicy' | 'matchConstraints'> {
  const resourceRules = [{ apiGroups: [group], resources: [resource] }];
  const matchConstraints = { resourceRules };
  return failurePolicy === undefined ? { matchConstraints } : { matchConstraints, failurePolicy };
}

const { validating, mutating } = buildWebhookConfigurations(options);
const all = [...validating.webhooks, ...mutating.webhooks];

describe('the configurations', () => {
  it('are named sluice and their webhooks are told apart', () => {
    expect([validating.metadata.name, mutating.metadata.name]).toEqual(['sluice', 'sluice']);
    expect(validating.webhooks.map(({ name }) => name)).toEqual([
      'canaries.validate.sluice.dev',
      'statuses.validate.sluice.dev',
      'own-kinds.validate.sluice.dev',
      'exceptions.validate.sluice.dev',
      'policy-deletions.validate.sluice.dev',
      'records.validate.sluice.dev',
      'deployments.validate.sluice.dev',
      'generated.validate.sluice.dev',
      'canary-ingresses.validate.sluice.dev',
      'side-doors.validate.sluice.dev',
    ]);
    expect(mutating.webhooks.map(({ name }) => name)).toEqual([
      'canaries.mutate.sluice.dev',
      'own-kinds.mutate.sluice.dev',
      'exceptions.mutate.sluice.dev',
      'deployments.mutate.sluice.dev',
    ]);
  });

  it('has the fence when there is one, with a condition of its own', () => {
    const fence = { flaggerUsers: ['system:serviceaccount:*:flagger'], namespace: 'shop' };
    const fenced = buildWebhookConfigurations({ ...options, fence });
    expect(fenced.mutating.webhooks).toEqual(mutating.webhooks);
    const [webhook, ...others] = fenced.validating.webhooks.slice(validating.webhooks.length);
    expect(others).toEqual([]);
    expect(webhook).toMatchObject({ name: 'fence.validate.sluice.dev', failurePolicy: 'Fail' });
    expect(webhook?.matchConditions.map(({ name }) => name)).toEqual(['fence']);
    expect(webhook?.matchConditions[0]?.expression).toContain('request.namespace != "shop"');
  });

  it('ask for what the design says', () => {
    for (const webhook of all) {
      expect(webhook).toMatchObject({
        admissionReviewVersions: ['v1'],
        matchPolicy: 'Equivalent',
        sideEffects: 'NoneOnDryRun',
        timeoutSeconds: 3,
        failurePolicy: /^(exceptions|policy-deletions)\./.test(webhook.name) ? 'Ignore' : 'Fail',
      });
    }
    expect(mutating.webhooks.every((each) => each.reinvocationPolicy === 'IfNeeded')).toBe(true);
    expect(validating.webhooks.every((each) => !('reinvocationPolicy' in each))).toBe(true);
  });

  it('keep out our executor and system controllers everywhere', () => {
    for (const { matchConditions } of all) {
      const names = matchConditions.map(({ name }) => name);
      expect(names).toContain('not-the-executor');
      expect(names).toContain('not-a-system-controller');
    }
    const without = buildWebhookConfigurations({ ...options, executorUsernames: [] });
    expect(JSON.stringify(without)).not.toContain('not-the-executor');
  });

  it('review Canaries and our kinds everywhere, the rest in governed namespaces', () => {
    const governed = all.filter(({ namespaceSelector }) => 'matchLabels' in namespaceSelector);
    expect(governed.map(({ name }) => name)).toEqual([
      'deployments.validate.sluice.dev',
      'generated.validate.sluice.dev',
      'canary-ingresses.validate.sluice.dev',
      'side-doors.validate.sluice.dev',
      'deployments.mutate.sluice.dev',
    ]);
    expect(governed[0]?.namespaceSelector.matchLabels).toEqual({ 'sluice.dev/governed': 'true' });
  });

  it('never need an answer to the deletion of a policy, and mutate no deletion', () => {
    const asked = all
      .filter(({ failurePolicy }) => failurePolicy === 'Fail')
      .flatMap(({ rules }) => rules.filter(({ operations }) => operations.includes('DELETE')));
    expect(asked.flatMap(({ resources }) => resources)).not.toContain('rolloutpolicies');
    const mutated = mutating.webhooks.flatMap(({ rules }) => rules);
    expect(mutated.some(({ operations }) => operations.includes('DELETE'))).toBe(false);
  });

  it('never ask about the creation of an exception where no answer would refuse it', () => {
    const asked = all.filter(({ rules }) =>
      rules.some(
        ({ resources, operations }) =>
          resources.includes('policyexceptions') && operations.includes('CREATE'),
      ),
    );
    expect(asked.map(({ failurePolicy }) => failurePolicy)).toEqual(['Ignore', 'Ignore']);
  });

  it('never ask about statuses and scales, save those that say where a rollout stands', () => {
    const resources = all.flatMap(({ rules }) => rules.flatMap((rule) => rule.resources));
    expect(resources.filter((name) => name.includes('/'))).toEqual([
      'canaries/status',
      'rolloutruns/status',
      'approvals/status',
      'ingresses/status',
      'deployments/status',
      'services/status',
    ]);
  });

  it('lead to the service, or to a URL', () => {
    expect(validating.webhooks[0]?.clientConfig).toEqual({
      caBundle: Buffer.from('PEM\n').toString('base64'),
      service: {
        namespace: 'sluice-system',
        name: 'sluice-webhook',
        port: 443,
        path: '/validate/fail',
      },
    });
    const byUrl = buildWebhookConfigurations({
      ...options,
      target: { url: 'https://127.0.0.1:8443/' },
    });
    expect(byUrl.mutating.webhooks[0]?.clientConfig.url).toBe('https://127.0.0.1:8443/mutate/fail');
  });

  it('are the same text on every replica', () => {
    expect(buildWebhookConfigurations(options)).toEqual({ validating, mutating });
  });
});

describe('the failure policy', () => {
  const modesWith = (policies: WebhookConfigurationOptions['policies']) =>
    Object.fromEntries(
      buildWebhookConfigurations({ ...options, policies }).validating.webhooks.map((webhook) => [
        webhook.name.split('.')[0] ?? '',
        `${webhook.failurePolicy} ${webhook.clientConfig.service?.path ?? ''}`,
      ]),
    );
  const fail = 'Fail /validate/fail';
  const ignore = 'Ignore /validate/ignore';

  it.each<[name: string, policies: WebhookConfigurationOptions['policies'], canaries: string]>([
    ['no policy', [], fail],
    ['one of Ignore', [about('flagger.app', 'canaries', 'Ignore')], ignore],
    ['one of Ignore for everything', [about('*', '*', 'Ignore')], ignore],
    [
      'one of Ignore for a subresource',
      [about('flagger.app', 'canaries/status', 'Ignore')],
      ignore,
    ],
    ['one that does not say', [about('flagger.app', 'canaries')], fail],
    [
      'one of each',
      [about('flagger.app', 'canaries', 'Ignore'), about('flagger.app', '*', 'Fail')],
      fail,
    ],
    ['one of Ignore about something else', [about('apps', 'deployments', 'Ignore')], fail],
  ])('%s', (_name, policies, canaries) => {
    expect(modesWith(policies)['canaries']).toBe(canaries);
  });

  it('is Fail for our own kinds, statuses and what Canaries generated, whatever policies say', () => {
    expect(modesWith([about('*', '*', 'Ignore')])).toEqual({
      canaries: ignore,
      'own-kinds': fail,
      exceptions: ignore,
      'policy-deletions': ignore,
      records: fail,
      deployments: ignore,
      generated: fail,
      'canary-ingresses': fail,
      statuses: fail,
      'side-doors': fail,
    });
  });
});
