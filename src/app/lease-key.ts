import type { Config } from '../config/options.ts';

/** The Lease that the controllers of one cluster share. */
export function leaseKey(config: Pick<Config, 'leaderElectionNamespace' | 'sluiceNamespace'>): {
  namespace: string;
  name: string;
} {
  const { leaderElectionNamespace, sluiceNamespace } = config;
  return { namespace: leaderElectionNamespace || sluiceNamespace, name: 'sluice-controller' };
}
