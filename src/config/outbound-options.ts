import type { OptionSpec } from './option.ts';

/** Which addresses hooks, metric queries and alerts may reach. */
export const OUTBOUND_OPTIONS = {
  allowOutbound: {
    kind: 'list',
    default: '',
    roles: ['controller'],
    doc: 'Hosts (`*.example.com`: all below), addresses and ranges, with or without a port, that hooks and metric queries may reach although they are loopback, link-local or the API server.',
  },
  denyOutbound: {
    kind: 'list',
    default: '',
    roles: ['controller'],
    doc: 'The same, for what they may never reach.',
  },
  restrictOutbound: {
    kind: 'boolean',
    default: 'false',
    roles: ['controller'],
    doc: 'They may reach nothing but what `--allow-outbound` names.',
  },
} as const satisfies Record<string, OptionSpec>;
