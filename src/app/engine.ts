import type { Config } from '../config/options.ts';
import { readParamKinds } from '../config/param-kinds.ts';
import type { AccessReviewer } from '../domain/access.ts';
import type { ObjectCache } from '../domain/client.ts';
import type { Clock } from '../domain/clock.ts';
import type { SchemaSource } from '../domain/kind-schemas/kind-schemas.ts';
import type { Logger } from '../domain/logger.ts';
import { parseApiVersion, type KubeObject } from '../domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { ChangeWindow } from '../domain/window.ts';
import { evaluateWindows } from '../governance/windows.ts';
import { createPolicyEngine, type PolicyEngine } from '../policy/policy-engine.ts';
import { pluralOf } from '../policy/plural.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Caches } from './caches.ts';
import { createGovernanceSource, watchGovernance } from './governance-source.ts';
import { decidesAtGates } from './parts.ts';
import { keepPrimary, succeededTemplates } from './succeeded-templates.ts';

/** Makes the one policy engine of a process, on watched policies, bindings, windows and namespaces. */
export function createEngine(options: {
  readonly config: Config;
  readonly caches: Caches;
  readonly access: AccessReviewer;
  readonly schemas: SchemaSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): PolicyEngine {
  const { config, caches, access, schemas, clock, logger, metrics } = options;
  const engine = createPolicyEngine({
    policies: caches.watch<RolloutPolicy>(RESOURCES.rolloutPolicies),
    bindings: caches.watch<RolloutPolicyBinding>(RESOURCES.rolloutPolicyBindings),
    windows: caches.watch<ChangeWindow>(RESOURCES.changeWindows),
    namespaces: caches.watch<KubeObject>(RESOURCES.namespaces),
    paramObjects: paramObjects(config, caches),
    ...rollbackTargets(config, caches),
    evaluateWindows,
    governance: createGovernanceSource(config, watchGovernance(config, caches)),
    access,
    schemas,
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

/** The copies of the kinds that may be parameters. */
export function paramObjects(
  { paramKinds }: Config,
  caches: Caches,
): (apiVersion: string, kind: string) => ObjectCache<KubeObject> | undefined {
  const known = new Map(
    readParamKinds(paramKinds).map(({ apiVersion, kind }) => {
      const plural = pluralOf(apiVersion, kind);
      // The path of a list over all namespaces is that of a cluster-scoped kind, too.
      const type = { ...parseApiVersion(apiVersion), plural, kind, namespaced: true };
      return [`${apiVersion}/${kind}`, caches.watch<KubeObject>(type)] as const;
    }),
  );
  return (apiVersion, kind) => known.get(`${apiVersion}/${kind}`);
}

/** Only admission asks what a Deployment may always go back to. */
function rollbackTargets(
  config: Config,
  caches: Caches,
): Pick<Parameters<typeof createPolicyEngine>[0], 'succeededTemplates'> {
  if (!config.roles.includes('webhook')) return {};
  const scope = decidesAtGates(config) ? {} : { transform: keepPrimary };
  const deployments = caches.watch<KubeObject>(RESOURCES.deployments, scope);
  return {
    succeededTemplates: (kind, namespace, name) =>
      kind === 'Deployment' ? succeededTemplates(deployments, namespace, name) : undefined,
  };
}
