import type { Config } from '../config/options.ts';
import { BUNDLED_SCHEMAS } from '../domain/kind-schemas/bundled-schemas.ts';
import type { SchemaSource } from '../domain/kind-schemas/kind-schemas.ts';
import type { RolloutPolicy } from '../domain/policy.ts';
import { RESOURCES } from '../domain/resources.ts';
import { createClusterSchemas, type ClusterSchemasOptions } from '../kube/cluster-schemas.ts';
import { wantedResources } from '../policy/wanted-resources.ts';
import type { Caches } from './caches.ts';

/**
 * The schemas of the kinds that stored policies need, read from the cluster until the signal aborts; until they are read,
 * those that this program carries.
 */
export function keepSchemas(
  options: Omit<ClusterSchemasOptions, 'fallback'> & {
    readonly config: Config;
    readonly caches: Caches;
  },
  signal: AbortSignal,
): SchemaSource {
  const { config, caches, ...rest } = options;
  const schemas = createClusterSchemas({ ...rest, fallback: BUNDLED_SCHEMAS });
  const policies = caches.watch<RolloutPolicy>(RESOURCES.rolloutPolicies);
  // Types are checked by whoever writes the status of policies.
  const checksTypes = config.roles.includes('controller') && config.namespace === '';
  const want = (): void => {
    schemas.want(wantedResources(policies.list(), checksTypes));
  };
  policies.subscribe(want);
  want();
  void schemas.run(signal);
  return schemas;
}
