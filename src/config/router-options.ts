import type { OptionSpec } from './option.ts';

/** What routers of Ingresses need to know, under Flagger's names. */
export const ROUTER_OPTIONS = {
  ingressClass: {
    kind: 'string',
    default: '',
    roles: ['controller'],
    doc: "Ingress class of generated routes. Accepted under Flagger's name; no router of this version reads it.",
  },
  ingressAnnotationsPrefix: {
    kind: 'string',
    default: 'nginx.ingress.kubernetes.io',
    roles: ['controller'],
    doc: "Prefix of the ingress controller's annotations, which the router nginx writes.",
  },
} as const satisfies Record<string, OptionSpec>;
