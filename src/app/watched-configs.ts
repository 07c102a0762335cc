import { markOf, type ConfigMark } from '../delivery/config-digest.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { Reflector } from '../kube/reflector.ts';
import type { Caches } from './caches.ts';

/** Secrets that no pod is configured with, and that may be large or many, are not even asked for. */
const CONFIGURING = 'type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token';

/**
 * Copies of ConfigMaps and Secrets in which nothing is kept of what is in them but a digest: of their own, for a policy
 * that has ConfigMaps as parameters needs whole ones.
 */
export function watchConfigs(
  caches: Caches,
  scope: { readonly namespace?: string },
): { configMaps: Reflector<ConfigMark>; secrets: Reflector<ConfigMark> } {
  const marks = {
    ...scope,
    copy: 'marks',
    transform: (object: ConfigMark): ConfigMark => markOf(object),
  };
  return {
    configMaps: caches.watch<ConfigMark>(RESOURCES.configMaps, marks),
    secrets: caches.watch<ConfigMark>(RESOURCES.secrets, { ...marks, fieldSelector: CONFIGURING }),
  };
}
