import { watchedRoutes, watchedScalers, watchedWorkloads } from '../delivery/plugins.ts';
import type { ConfigMark } from '../delivery/config-digest.ts';
import type { ConfigKind } from '../delivery/config-references.ts';
import { createRunLedger } from '../delivery/run-ledger.ts';
import { createCanaryReconciler } from '../delivery/reconciler.ts';
import type { DeliveryConfig, DeliveryDeps } from '../delivery/config.ts';
import type { Config } from '../config/options.ts';
import { readScanKinds } from '../config/scan-kinds.ts';
import type { Approval } from '../domain/approval.ts';
import type { Canary } from '../domain/canary.ts';
import {
  keyOf,
  keyText,
  parseKeyText,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { RolloutRun } from '../domain/run.ts';
import { standingApprovals } from '../governance/approvals.ts';
import { createController } from '../kube/controller.ts';
import type { ClusterEventRecorder } from '../kube/event-recorder.ts';
import { fencedClient } from '../kube/fenced-client.ts';
import { createLeaderElector, type LeaderElector } from '../kube/leader-elector.ts';
import type { Reflector } from '../kube/reflector.ts';
import { createDeliveryRecorder } from '../telemetry/delivery-metrics.ts';
import { alertConfigOf } from './alert-config.ts';
import { wakeBudgetWaiters } from './budget-waiters.ts';
import { canariesUnderWay, canaryOfRun, createCanaryIndex } from './canary-index.ts';
import { coverageFollower } from './coverage-follower.ts';
import { createGapReporter } from './coverage-gaps.ts';
import { startEvents } from './events.ts';
import { createFence, type ExecutorFence } from './fence.ts';
import { exceptionRules } from './governance-source.ts';
import { keepGovernanceStatus } from './governance-status.ts';
import { leaseKey } from './lease-key.ts';
import type { Parts } from './parts.ts';
import { keepPolicyStatus } from './policy-status.ts';
import { controllerRecorder, countedGates } from './recorders.ts';
import { createRolling } from './rolling.ts';
import { measureRuns } from './run-metrics.ts';
import { createScan } from './scan.ts';
import { withoutStatus } from './trimmed.ts';
import { watchConfigs } from './watched-configs.ts';

/** With the release of the Lease it fits into what the stop list gives one part. */
const DRAIN_MS = 14_000;

interface Watched {
  readonly canaries: Reflector<Canary>;
  readonly runs: Reflector<RolloutRun>;
  readonly deployments: Reflector<KubeObject>;
  /** Targets and primaries, by plural name and group. */
  readonly workloads: ReadonlyMap<string, Reflector<KubeObject>>;
  readonly services: Reflector<KubeObject>;
  readonly approvals: Reflector<Approval>;
  /** Marks of ConfigMaps and Secrets, never their content; absent when they are not tracked. */
  readonly configMaps?: Reflector<ConfigMark>;
  readonly secrets?: Reflector<ConfigMark>;
  /** Autoscalers without their status, by plural name and group. */
  readonly scalers: ReadonlyMap<string, Reflector<KubeObject>>;
  /** What routers write, by plural name and group. */
  readonly routes: ReadonlyMap<string, Reflector<KubeObject>>;
}

/**
 * Starts the rollout controller: copies of what it reconciles on every replica, the work itself on the one that holds
 * the Lease. Returns at once; readiness tells when the copies are in.
 * @throws SluiceError SLUICE_CONFIG when the times of the Lease do not fit each other, or a kind cannot be examined
 */
export function startController(parts: Parts): void {
  readScanKinds(parts.config.scanKinds);
  const elector = parts.config.enableLeaderElection ? electorOf(parts) : undefined;
  parts.metrics.set('sluice_leader', {}, 0);

  const watched = watchAll(parts);
  const events = startEvents(parts);
  let enqueue: (key: string) => void = () => undefined;
  subscribe(parts, watched, (key) => {
    enqueue(key);
  });
  const metrics = followCanaries(parts, watched.canaries);
  measureRuns(parts, watched.runs);
  const report = createGapReporter(parts, events);
  const followCoverage = coverageFollower(parts, report);
  const ended = new AbortController();
  const fence = createFence(parts, report, ended.signal);
  const lead = async (leading: AbortSignal): Promise<void> => {
    parts.metrics.set('sluice_leader', {}, 1);
    const deps = { ...deliveryDeps(parts, { watched, events, metrics, elector }), fence };
    followCoverage(leading);
    await reconcileUntil(leading, { parts, watched, deps, install: (next) => (enqueue = next) });
    parts.metrics.set('sluice_leader', {}, 0);
  };
  const running =
    elector === undefined ? runAlone(parts, ended.signal, lead) : elector.run(ended.signal, lead);
  parts.stops.add('controller', async () => {
    ended.abort();
    await running;
  });
}

function watchAll({ caches, config }: Parts): Watched {
  const scope = config.namespace === '' ? {} : { namespace: config.namespace };
  return {
    canaries: caches.watch<Canary>(RESOURCES.canaries, scope),
    runs: caches.watch<RolloutRun>(RESOURCES.rolloutRuns, scope),
    deployments: caches.watch<KubeObject>(RESOURCES.deployments, scope),
    workloads: new Map(
      watchedWorkloads().map((type) => [
        `${type.plural}.${type.group}`,
        caches.watch<KubeObject>(type, { ...scope, optional: isOptional(type) }),
      ]),
    ),
    services: caches.watch<KubeObject>(RESOURCES.services, scope),
    approvals: caches.watch<Approval>(RESOURCES.approvals, scope),
    ...(config.enableConfigTracking ? watchConfigs(caches, scope) : {}),
    scalers: new Map(
      watchedScalers().map((type) => [
        `${type.plural}.${type.group}`,
        caches.watch<KubeObject>(type, { ...scope, optional: true, transform: withoutStatus }),
      ]),
    ),
    routes: new Map(
      watchedRoutes().map((type) => [
        `${type.plural}.${type.group}`,
        caches.watch<KubeObject>(type, { ...scope, optional: true }),
      ]),
    ),
  };
}

/** Kinds that a cluster need not have: whatever is no part of Kubernetes. */
function isOptional({ group }: ResourceType): boolean {
  return group.includes('.');
}

/** Every change that may matter to a Canary brings it back; what the caches show is all that an idle one costs. */
function subscribe(parts: Parts, watched: Watched, enqueue: (key: string) => void): void {
  const index = createCanaryIndex(watched.canaries, watched.workloads);
  const each = (keys: Iterable<string>): void => {
    for (const key of keys) enqueue(key);
  };
  watched.canaries.subscribe(enqueue);
  watched.runs.subscribe((key) => {
    const { kind = 'Canary' } = watched.runs.get(parseKeyText(key))?.spec.subject ?? {};
    if (kind === 'Canary') enqueue(canaryOfRun(key));
  });
  wakeBudgetWaiters(watched.runs, enqueue);
  watched.approvals.subscribe((key) => {
    const { subject } = watched.approvals.get(parseKeyText(key))?.spec ?? {};
    if (subject?.kind !== 'RolloutRun') return;
    const { namespace = '' } = parseKeyText(key);
    const run = watched.runs.get({ namespace, name: subject.name });
    const found = run && keyText({ namespace, name: run.spec.subject.name });
    enqueue(found ?? canaryOfRun(keyText({ namespace, name: subject.name })));
  });
  for (const [kind, workloads] of watched.workloads) {
    workloads.subscribe((key) => {
      each(index.ofWorkload(kind, key));
    });
  }
  for (const [kind, scalers] of watched.scalers) {
    scalers.subscribe((key) => {
      each(index.ofScaler(kind, key));
    });
  }
  for (const configs of [watched.configMaps, watched.secrets]) {
    configs?.subscribe((key) => {
      each(index.ofConfig(configs.type.kind as ConfigKind, key));
    });
  }
  watched.services.subscribe((key) => {
    each(index.ofService(key));
  });
  for (const [kind, routes] of watched.routes) {
    routes.subscribe((key) => {
      each(index.ofRoute(kind, key));
    });
  }
  parts.engine.gateKeeper.subscribe(() => {
    each(canariesUnderWay(watched.runs.list()));
  });
}

/** Counts Canaries, and lets the series of deleted ones end. */
function followCanaries(
  { metrics }: Parts,
  canaries: Reflector<Canary>,
): ReturnType<typeof createDeliveryRecorder> {
  const recorder = createDeliveryRecorder(metrics);
  const targets = new Map<string, { namespace: string; target: string }>();
  canaries.subscribe((key) => {
    const { namespace = '', name } = parseKeyText(key);
    const known = targets.get(key);
    const target = canaries.get({ namespace, name })?.spec.targetRef.name;
    if (known !== undefined && known.target !== target) recorder.forget(known);
    if (target === undefined) targets.delete(key);
    else targets.set(key, { namespace, target });
  });
  metrics.onScrape(() => {
    metrics.forget('flagger_canary_total', {});
    const byNamespace = Map.groupBy(targets.values(), ({ namespace }) => namespace);
    for (const [namespace, list] of byNamespace) {
      metrics.set('flagger_canary_total', { namespace }, list.length);
    }
  });
  return recorder;
}

function deliveryDeps(
  parts: Parts,
  own: {
    watched: Watched;
    events: ClusterEventRecorder;
    metrics: ReturnType<typeof createDeliveryRecorder>;
    elector: LeaderElector | undefined;
  },
): DeliveryDeps {
  const { elector } = own;
  return {
    client:
      elector === undefined ? parts.client : fencedClient(parts.client, () => elector.isLeader),
    caches: own.watched,
    gateKeeper: countedGates(parts.engine.gateKeeper, parts.metrics),
    standing: (approvals, run, now) => {
      const { namespace = '', uid = '' } = run.metadata;
      const { identities } = exceptionRules(parts.config);
      const about = { namespace, uid, changedBy: run.spec.changedBy };
      return standingApprovals(approvals, about, { now: new Date(now).toISOString(), identities });
    },
    clock: parts.clock,
    random: parts.random,
    logger: parts.logger.child({ component: 'delivery' }),
    events: own.events,
    outbound: parts.outbound,
    metrics: own.metrics,
    config: deliveryConfig(parts.config),
  };
}

/** The executor's part of the configuration. */
function deliveryConfig(config: Config): DeliveryConfig {
  return {
    metricsServer: config.metricsServer,
    meshProvider: config.meshProvider,
    minIntervalMs: config.minInterval,
    includeLabelPrefix: config.includeLabelPrefix,
    selectorLabels: config.selectorLabels,
    eventWebhook: config.eventWebhook,
    noCrossNamespaceRefs: config.noCrossNamespaceRefs,
    metricTimeoutMs: config.metricTimeout,
    namespace: config.namespace,
    safeDeletion: config.safeDeletion,
    historyLimit: config.historyLimit,
    ingressClass: config.ingressClass,
    ingressAnnotationsPrefix: config.ingressAnnotationsPrefix,
    enableConfigTracking: config.enableConfigTracking,
    alerts: alertConfigOf(config),
  };
}

/** One term of leadership: reconciles every Canary and policy, then what changes, until the signal aborts. */
async function reconcileUntil(
  leading: AbortSignal,
  options: {
    parts: Parts;
    watched: Watched;
    deps: DeliveryDeps & { readonly fence: ExecutorFence };
    install: (enqueue: (key: string) => void) => void;
  },
): Promise<void> {
  const { parts, watched, deps, install } = options;
  try {
    await parts.caches.whenSynced(leading);
  } catch {
    return; // The term ended before the copies were in.
  }
  const ledger = createRunLedger(watched.runs);
  const reconciler = createCanaryReconciler({
    ...deps,
    ledger,
    wake: (key) => {
      controller.enqueue(keyText(key));
    },
  });
  const controller = createController({
    name: 'canaries',
    reconciler,
    workers: parts.config.threadiness,
    clock: parts.clock,
    random: parts.random,
    logger: parts.logger,
    metrics: controllerRecorder(parts.metrics),
    drainMs: DRAIN_MS,
  });
  install((key) => {
    controller.enqueue(key);
  });
  for (const canary of watched.canaries.list()) controller.enqueue(keyText(keyOf(canary)));
  const scan = parts.config.scan ? createScan(parts, deps.client) : undefined;
  const index = createCanaryIndex(watched.canaries, watched.workloads);
  const isOfCanary = (key: ObjectKey): boolean =>
    index.ofWorkload('deployments.apps', keyText(key)).length > 0;
  await Promise.all([
    deps.fence.behind(leading, () => controller.run(leading)),
    createRolling(parts, deps, watched, { isOfCanary, ledger }).run(leading),
    keepPolicyStatus(parts, deps.client, leading, scan),
    keepGovernanceStatus({ parts, client: deps.client, events: deps.events }, leading),
    scan?.run(leading),
  ]);
  install(() => undefined);
  await reconciler.close();
  ledger.close();
}

/** Without an election: the work of the one replica, until the signal aborts. */
async function runAlone(
  parts: Parts,
  signal: AbortSignal,
  lead: (leading: AbortSignal) => Promise<void>,
): Promise<void> {
  let problem: string | undefined;
  parts.health.require('controller', () => problem);
  await lead(signal).catch((error: unknown) => {
    problem = 'the controller has failed; the log says how';
    parts.logger.error({ error }, 'the controller failed');
  });
}

function electorOf(parts: Parts): LeaderElector {
  const { config } = parts;
  return createLeaderElector({
    ...parts,
    lease: leaseKey(config),
    leaseDurationMs: config.leaseDuration,
    renewDeadlineMs: config.leaseRenewDeadline,
    retryPeriodMs: config.leaseRetryPeriod,
  });
}
