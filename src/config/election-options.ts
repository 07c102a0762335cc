import type { OptionSpec } from './option.ts';

const MINUTE = 60_000;

/** Which of several controllers acts. */
export const ELECTION_OPTIONS = {
  enableLeaderElection: {
    kind: 'boolean',
    default: 'true',
    roles: ['controller'],
    doc: 'Act only while holding the Lease `sluice-controller` (Flagger: false).',
  },
  leaderElectionNamespace: {
    kind: 'string',
    default: '',
    roles: ['controller'],
    doc: "Namespace of the Lease; empty: Sluice's own (Flagger: kube-system).",
  },
  leaseDuration: {
    kind: 'duration',
    default: '4s',
    roles: ['controller'],
    min: 1000,
    max: 10 * MINUTE,
    doc: 'How long other replicas wait after the last sign of a leader; whole seconds (client-go: 15s).',
  },
  leaseRenewDeadline: {
    kind: 'duration',
    default: '3s',
    roles: ['controller'],
    min: 100,
    max: 10 * MINUTE,
    doc: 'How long a leader goes on after its last renewal; less than `--lease-duration` (client-go: 10s).',
  },
  leaseRetryPeriod: {
    kind: 'duration',
    default: '500ms',
    roles: ['controller'],
    min: 50,
    max: MINUTE,
    doc: 'How often the Lease is renewed by the leader, and read by the others (client-go: 2s).',
  },
} as const satisfies Record<string, OptionSpec>;
