import { ALERT_OPTIONS } from './alert-options.ts';
import type { OptionSpec, ValueOf } from './option.ts';
import { ROUTER_OPTIONS } from './router-options.ts';

/** Roles that this version can run, in the order in which they start. */
export const ROLES = ['webhook', 'controller', 'gates'] as const;
export type Role = (typeof ROLES)[number];
/** Roles that are planned; asking for one says so. */
export const PLANNED_ROLES: readonly string[] = ['dashboard'];

const MINUTE = 60_000;

/**
 * Every option of `sluice serve`. Executor options carry Flagger's names where it has them (reference: Flagger 1.44,
 * `cmd/flagger`); where the default differs from Flagger's the text says so.
 */
export const OPTIONS = {
  roles: {
    kind: 'list',
    default: 'webhook,controller',
    roles: [],
    doc: 'What this process does: a comma list of webhook, controller and gates.',
  },
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
  ...ROUTER_OPTIONS,
  ...ALERT_OPTIONS,
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
    default: '2',
    roles: ['controller'],
    min: 1,
    max: 64,
    doc: 'Canaries that are reconciled at the same time.',
  },
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
  gateKeyFile: {
    kind: 'string',
    default: '',
    roles: ['gates'],
    doc: 'File with the key of the tokens in the URLs of gates, at least 32 bytes; surrounding white space does not count. Read at the start.',
  },
  fence: {
    kind: 'enum',
    default: 'off',
    roles: ['controller'],
    values: ['require', 'off'],
    doc: 'Whether the executor starts only when admission keeps Flagger out. This version has only `off`.',
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
  freshnessBound: {
    kind: 'duration',
    default: '3m',
    roles: [],
    min: 1000,
    doc: 'Age beyond which watched objects are not decided on, and readiness fails. A watch proves itself about once a minute.',
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
} as const satisfies Record<string, OptionSpec>;

export type OptionKey = keyof typeof OPTIONS;

/** The validated configuration; frozen. Durations are milliseconds. */
export type Config = {
  readonly [K in Exclude<OptionKey, 'roles'>]: ValueOf<(typeof OPTIONS)[K]>;
} & { readonly roles: readonly Role[] };

/** Keys in the order of the table. */
export const OPTION_KEYS = Object.keys(OPTIONS) as OptionKey[];
