import type { OptionSpec } from './option.ts';

const MINUTE = 60_000;

/** Who may make exceptions and approve, and for how long. */
export const GOVERNANCE_OPTIONS = {
  exceptionNamespaces: {
    kind: 'list',
    default: '',
    roles: [],
    doc: "Namespaces whose PolicyExceptions count, for what is in them; `*`: all. Those in Sluice's own namespace always count, everywhere.",
  },
  maxException: {
    kind: 'duration',
    default: '720h',
    roles: [],
    min: MINUTE,
    doc: 'How far ahead a PolicyException may expire when it is made.',
  },
  maxEmergency: {
    kind: 'duration',
    default: '4h',
    roles: [],
    min: MINUTE,
    doc: 'The same for an emergency.',
  },
  emergencyReviewWithin: {
    kind: 'duration',
    default: '24h',
    roles: [],
    min: MINUTE,
    doc: 'How long after an emergency exception was made another person must have reviewed it, at the latest. It may ask for less itself.',
  },
  exceptionNotice: {
    kind: 'duration',
    default: '24h',
    roles: ['controller'],
    min: 0,
    doc: 'How long before a PolicyException lapses an event says so.',
  },
  emergencyNotice: {
    kind: 'duration',
    default: '30m',
    roles: ['controller'],
    min: 0,
    doc: 'The same for an emergency.',
  },
  machineApprovers: {
    kind: 'list',
    default: '',
    roles: [],
    doc: 'ServiceAccounts (`system:serviceaccount:NAMESPACE:NAME`), and users of the group system:masters, that may approve; empty: none of them.',
  },
  deliveryIdentities: {
    kind: 'list',
    default:
      'system:serviceaccount:flux-system:kustomize-controller,system:serviceaccount:flux-system:helm-controller,system:serviceaccount:argocd:argocd-application-controller',
    roles: [],
    doc: 'Users that write what others wrote, so that the author is unknown and two different people must approve. A last `*` stands for any rest of a name.',
  },
} as const satisfies Record<string, OptionSpec>;
