import type { OptionSpec } from './option.ts';

/** What policies read, and the scan of existing objects. */
export const POLICY_OPTIONS = {
  paramKinds: {
    kind: 'list',
    default: '',
    roles: [],
    doc: 'Kinds whose objects a `paramRef` may select, as `apiVersion/Kind`, e.g. `v1/ConfigMap`; each needs the right to list and watch it. Empty: none.',
  },
  scan: {
    kind: 'boolean',
    default: 'true',
    roles: ['controller'],
    doc: 'Whether the leader examines existing objects against all policies.',
  },
  scanKinds: {
    kind: 'list',
    default: '',
    roles: ['controller'],
    doc: 'Kinds that are examined besides Canaries and Deployments, as `apiVersion/Kind`, e.g. `apps/v1/StatefulSet`; each needs the right to list and watch it.',
  },
  scanInterval: {
    kind: 'duration',
    default: '1h',
    roles: ['controller'],
    min: 60_000,
    doc: 'How often everything is examined again though nothing has changed: what policies read of the time does change.',
  },
  reports: {
    kind: 'enum',
    default: 'auto',
    roles: ['controller'],
    values: ['auto', 'openreports', 'wgpolicyk8s', 'off'],
    doc: 'Which reports the results of the scan are written as. `auto`: those of openreports.io when installed, else those of wgpolicyk8s.io, else none.',
  },
} as const satisfies Record<string, OptionSpec>;
