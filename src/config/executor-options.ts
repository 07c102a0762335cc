import type { OptionSpec } from './option.ts';

const MINUTE = 60_000;

/**
 * The rollout controller's, under Flagger's names where Flagger has them (reference: Flagger 1.44, `cmd/flagger`); where
 * the default differs from Flagger's the text says so.
 */
export const EXECUTOR_OPTIONS = {
  namespace: {
    kind: 'string',
    default: '',
    roles: ['webhook', 'controller'],
    doc: 'The one namespace whose Canaries are run and protected; empty: all of them.',
  },
  metricsServer: {
    kind: 'url',
    default: 'http://prometheus:9090',
    roles: ['controller'],
    doc: 'Prometheus for builtin and inline queries of Canaries that name none.',
  },
  meshProvider: {
    kind: 'string',
    default: 'kubernetes',
    roles: ['controller'],
    doc: 'Provider of Canaries that name none (Flagger: istio).',
  },
  includeLabelPrefix: {
    kind: 'list',
    default: '',
    roles: ['controller'],
    doc: 'Prefixes of the labels and annotations of a target that its primary gets; `*`: all.',
  },
  selectorLabels: {
    kind: 'list',
    default: 'app,name,app.kubernetes.io/name',
    roles: ['controller'],
    doc: 'Labels that may select the pods of a target; the first that it uses counts.',
  },
  eventWebhook: {
    kind: 'url',
    default: '',
    roles: ['controller'],
    doc: 'Where events are posted when a Canary lists no event hook; empty: nowhere.',
  },
  enableConfigTracking: {
    kind: 'boolean',
    default: 'true',
    roles: ['controller'],
    doc: 'Whether a change of a ConfigMap or Secret that a target uses is a new revision, and primaries get copies of them.',
  },
  noCrossNamespaceRefs: {
    kind: 'boolean',
    default: 'true',
    roles: ['webhook', 'controller'],
    doc: 'Refuse references of a Canary to objects of other namespaces, at admission and in a rollout (Flagger: false).',
  },
  minInterval: {
    kind: 'duration',
    default: '10s',
    roles: ['controller'],
    min: 100,
    doc: 'Shortest analysis interval; shorter ones are raised to it (10s is what Flagger allows).',
  },
  metricTimeout: {
    kind: 'duration',
    default: '5s',
    roles: ['controller'],
    min: 100,
    max: MINUTE,
    doc: 'How long a metric query may take before it counts as unanswered.',
  },
  safeDeletion: {
    kind: 'boolean',
    default: 'false',
    roles: ['controller'],
    doc: 'Whether the deletion of any Canary first gives its traffic back to a target that is ready (Flagger: only with revertOnDeletion).',
  },
  historyLimit: {
    kind: 'integer',
    default: '10',
    roles: ['controller'],
    min: 1,
    max: 1000,
    doc: 'RolloutRuns that are kept for one subject.',
  },
  threadiness: {
    kind: 'integer',
    default: '64',
    roles: ['controller'],
    min: 1,
    max: 1024,
    doc: 'Canaries that are reconciled at the same time; most of it is waiting for the API server (Flagger: 2, which does not bound its analyses).',
  },
} as const satisfies Record<string, OptionSpec>;
