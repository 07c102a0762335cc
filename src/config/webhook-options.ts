import type { OptionSpec } from './option.ts';

/** How the API server calls the webhook, how gates are called, and whose writes they know. */
export const WEBHOOK_OPTIONS = {
  gateKeyFile: {
    kind: 'string',
    default: '',
    roles: ['gates'],
    doc: 'File with the key of the tokens in the URLs of gates, at least 32 bytes; surrounding white space does not count. Read at the start.',
  },
  executorUsers: {
    kind: 'list',
    default: '',
    roles: ['webhook'],
    doc: "Users that the controller writes as; empty: the ServiceAccount `sluice-controller` of Sluice's namespace.",
  },
  webhookPort: {
    kind: 'integer',
    default: '8443',
    roles: ['webhook'],
    min: 0,
    max: 65_535,
    doc: 'Port of /mutate and /validate; 0: any free one.',
  },
  webhookService: {
    kind: 'string',
    default: 'sluice-webhook',
    roles: ['webhook'],
    doc: 'Service through which the API server calls the webhook.',
  },
  webhookUrl: {
    kind: 'url',
    default: '',
    roles: ['webhook'],
    doc: 'Address under which the API server calls the webhook, in place of the Service: `https://host:port`; port 0 stands for the webhook port.',
  },
  clientCa: {
    kind: 'string',
    default: '',
    roles: ['webhook'],
    doc: "File with the authority (PEM) of the API server's client certificate, which reviews then need; empty: none is asked for. Read at the start.",
  },
  reviewTimeout: {
    kind: 'duration',
    default: '2500ms',
    roles: ['webhook'],
    min: 100,
    max: 30_000,
    doc: 'After how long a review is answered with an error; below the time-out that is registered (3s).',
  },
} as const satisfies Record<string, OptionSpec>;
