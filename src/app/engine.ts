import type { Config } from '../config/options.ts';
import type { Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { KubeObject } from '../domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { ChangeWindow } from '../domain/window.ts';
import { evaluateWindows } from '../governance/windows.ts';
import { createPolicyEngine, type PolicyEngine } from '../policy/policy-engine.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Caches } from './caches.ts';
import { keepPrimary, succeededTemplates } from './succeeded-templates.ts';

/** Makes the one policy engine of a process, on watched policies, bindings, windows and namespaces. */
export function createEngine(options: {
  readonly config: Config;
  readonly caches: Caches;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): PolicyEngine {
  const { config, caches, clock, logger, metrics } = options;
  const engine = createPolicyEngine({
    policies: caches.watch<RolloutPolicy>(RESOURCES.rolloutPolicies),
    bindings: caches.watch<RolloutPolicyBinding>(RESOURCES.rolloutPolicyBindings),
    windows: caches.watch<ChangeWindow>(RESOURCES.changeWindows),
    namespaces: caches.watch<KubeObject>(RESOURCES.namespaces),
    ...rollbackTargets(config, caches),
    evaluateWindows,
    clock,
    freshnessMs: config.freshnessBound,
    systemNamespace: config.sluiceNamespace,
    logger: logger.child({ component: 'policy' }),
  });
  metrics.onScrape(() => {
    const { policies, notCompiling } = engine.status();
    metrics.set('sluice_policies', {}, policies);
    metrics.set('sluice_policies_not_compiling', {}, notCompiling.length);
  });
  return engine;
}

/** Only admission asks what a Deployment may always go back to. */
function rollbackTargets(
  { roles }: Config,
  caches: Caches,
): Pick<Parameters<typeof createPolicyEngine>[0], 'succeededTemplates'> {
  if (!roles.includes('webhook')) return {};
  const scope = roles.includes('controller') ? {} : { transform: keepPrimary };
  const deployments = caches.watch<KubeObject>(RESOURCES.deployments, scope);
  return {
    succeededTemplates: (kind, namespace, name) =>
      kind === 'Deployment' ? succeededTemplates(deployments, namespace, name) : undefined,
  };
}
