import type { OptionSpec } from './option.ts';

const MINUTE = 60_000;

/** What every role reads: how to reach the cluster, how to be reached, and what is logged. */
export const PROCESS_OPTIONS = {
  kubeconfig: {
    kind: 'string',
    default: '',
    roles: [],
    doc: 'Kubeconfig file; empty: KUBECONFIG, then the ServiceAccount of the Pod, then ~/.kube/config.',
  },
  context: {
    kind: 'string',
    default: '',
    roles: [],
    doc: 'Context of the kubeconfig; empty: its current one.',
  },
  sluiceNamespace: {
    kind: 'string',
    default: 'sluice-system',
    roles: [],
    doc: "Sluice's own namespace: its Lease, its certificate, and the change windows that hold everywhere.",
  },
  installCrds: {
    kind: 'enum',
    default: 'auto',
    roles: ['controller'],
    values: ['auto', 'off'],
    doc: "Whether a starting controller creates what is missing of Sluice's namespace, its own definitions and Flagger's. `auto`: where it may; what exists is never changed, and the shipped ClusterRole does not allow it.",
  },
  httpPort: {
    kind: 'integer',
    default: '8080',
    roles: [],
    min: 0,
    max: 65_535,
    doc: 'Port of /livez, /readyz and /metrics; 0: any free one.',
  },
  bindAddress: {
    kind: 'string',
    default: '',
    roles: [],
    doc: 'Address that both ports listen on; empty: every address of the machine.',
  },
  drainDelay: {
    kind: 'duration',
    default: '3s',
    roles: ['webhook'],
    min: 0,
    max: MINUTE,
    doc: 'How long reviews are still answered after readiness has failed, so that the endpoints can follow.',
  },
  logLevel: {
    kind: 'enum',
    default: 'info',
    roles: [],
    values: ['debug', 'info', 'warn', 'error', 'silent'],
    doc: 'Least severe log line that is written (Flagger: debug).',
  },
  freshnessBound: {
    kind: 'duration',
    default: '3m',
    roles: [],
    min: 1000,
    doc: 'Age beyond which watched objects are not decided on, and readiness fails. A watch proves itself about once a minute.',
  },
} as const satisfies Record<string, OptionSpec>;
