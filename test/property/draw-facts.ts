import type {
  ApprovalFact,
  BudgetFact,
  ExceptionFact,
  Facts,
  RequestFacts,
  RolloutFacts,
  WindowFact,
} from '../../src/domain/decision.ts';
import { GATES, type CallSite, type Gate } from '../../src/domain/policy.ts';
import { parseLosslessJson, type Json } from '../../src/lib/lossless-json.ts';
import { questionKey } from '../../src/policy/scope-facts.ts';
import type { Rules } from './draw-policies.ts';
import type { Random } from './random.ts';

/** Facts, and whether they were drawn as a change toward safety. */
export interface Drawn {
  readonly facts: Facts;
  readonly isSafe: boolean;
}

/** What is written, or what a gate is asked about. */
export interface Subject {
  readonly resource: 'canaries' | 'deployments' | 'configmaps';
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly object: Json;
  readonly oldObject: Json;
  readonly succeededTemplates?: readonly Json[];
  readonly isSafe: boolean;
}

const KINDS = {
  canaries: { group: 'flagger.app', version: 'v1beta1', kind: 'Canary' },
  deployments: { group: 'apps', version: 'v1', kind: 'Deployment' },
  configmaps: { group: '', version: 'v1', kind: 'ConfigMap' },
} as const;

/** Facts for policies: at any moment, about anything, with whatever governance there is. */
export function drawFacts(random: Random, rules: Rules): Drawn {
  const isGate = random.chance(0.3);
  const gate = random.pick(GATES);
  const callSite: CallSite = isGate ? gate : random.chance(0.2) ? 'Scan' : 'Admission';
  const subject = drawSubject(random, callSite);
  const now = drawInstant(random);
  const windows = isGate ? drawWindows(random) : [];
  const isDown = isGate && gate === 'TrafficIncrease' && random.chance(0.2);
  const facts: Facts = {
    callSite,
    ...(callSite === 'Admission' && random.chance(0.5) ? { isFinal: true } : {}),
    request: requestOf(random, subject, isGate),
    object: subject.object,
    oldObject: isGate ? null : subject.oldObject,
    namespaceObject: drawNamespace(random),
    params: drawParams(random, rules),
    authorizer: drawAuthorizer(random),
    rollout: isGate ? drawRollout(random, gate, { windows, isDown }) : null,
    ...(isGate && random.chance(0.7) ? { run: { namespace: 'shop', name: 'web-1' } } : {}),
    exceptions: drawExceptions(random, rules, now),
    approvals: isGate ? drawApprovals(random) : [],
    windows,
    ...(subject.succeededTemplates === undefined
      ? {}
      : { succeededTemplates: subject.succeededTemplates }),
    budgets: isGate ? drawBudgets(random) : [],
    freshness: drawFreshness(random, isGate),
    now,
  };
  return { facts, isSafe: isGate ? isDown : subject.isSafe };
}

/** As the API server sends it: JSON text that was read. */
function json(value: unknown): Json {
  return parseLosslessJson(JSON.stringify(value));
}

function metadataOf(random: Random): Record<string, unknown> {
  const labels = random.shuffled([
    ['app', random.pick(['web', 'api'])],
    ['team', 'payments'],
    ['tier', 'gold'],
    ['constructor', 'x'],
  ] as const);
  return {
    name: random.pick(['web', 'zebra', 'api', 'passed-over']),
    namespace: 'shop',
    labels: Object.fromEntries(labels.slice(0, random.int(0, 4))),
  };
}

function canaryOf(metadata: unknown, n: number, stepWeight: number): Json {
  return json({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata,
    spec: {
      n,
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      service: { port: 80 },
      revertOnDeletion: true,
      analysis: { threshold: 5, maxWeight: 50, stepWeight, ratio: 0.5, whole: 3 },
    },
  });
}

const templateOf = (image: string) => ({ spec: { containers: [{ name: 'app', image }] } });

function deploymentOf(metadata: unknown, n: number, image: string): Json {
  return json({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { n, replicas: 2, template: templateOf(image) },
  });
}

/** A write; one in eight is a change toward safety. */
export function drawSubject(random: Random, callSite: CallSite): Subject {
  const metadata = metadataOf(random);
  const n = random.int(0, 100);
  const resource =
    callSite === 'Admission' || callSite === 'Scan'
      ? random.pick(['canaries', 'deployments', 'configmaps'] as const)
      : 'canaries';
  if (callSite === 'Admission' && random.chance(0.12) && resource !== 'configmaps') {
    return safeSubject(random, resource, { metadata, n });
  }
  const made = (image: string, step: number, count: number): Json => {
    if (resource === 'canaries') return canaryOf(metadata, count, step);
    if (resource === 'deployments') return deploymentOf(metadata, count, image);
    return json({ apiVersion: 'v1', kind: 'ConfigMap', metadata, spec: { n: count } });
  };
  const operation =
    callSite === 'Admission'
      ? random.pick(['CREATE', 'CREATE', 'UPDATE', 'DELETE'] as const)
      : 'CREATE';
  // A Canary that reverts when it is deleted may always be.
  const isSafe = operation === 'DELETE' && resource === 'canaries';
  return {
    resource,
    operation,
    object: operation === 'DELETE' ? null : made('web:2', 20, n),
    oldObject: operation === 'CREATE' ? null : made('web:1', 10, random.int(0, 100)),
    isSafe,
  };
}

function safeSubject(
  random: Random,
  resource: 'canaries' | 'deployments',
  { metadata, n }: { readonly metadata: unknown; readonly n: number },
): Subject {
  const common = { resource, isSafe: true } as const;
  if (resource === 'deployments') {
    return {
      ...common,
      operation: 'UPDATE',
      object: deploymentOf(metadata, n, 'web:1'),
      oldObject: deploymentOf(metadata, n, 'web:2'),
      succeededTemplates: [json(templateOf('web:0')), json(templateOf('web:1'))],
    };
  }
  return random.chance(0.5)
    ? {
        ...common,
        operation: 'UPDATE',
        object: canaryOf(metadata, n, 5),
        oldObject: canaryOf(metadata, n, 10),
      }
    : { ...common, operation: 'DELETE', object: null, oldObject: canaryOf(metadata, n, 10) };
}

function requestOf(random: Random, subject: Subject, isGate: boolean): RequestFacts {
  const { group, version, kind } = KINDS[subject.resource];
  const written = (subject.object ?? subject.oldObject) as unknown as {
    metadata: { name: string; namespace: string };
  };
  return {
    kind: { group, version, kind },
    resource: { group, version, resource: subject.resource },
    name: written.metadata.name,
    namespace: written.metadata.namespace,
    operation: isGate ? 'UPDATE' : subject.operation,
    userInfo: drawUser(random),
    dryRun: random.chance(0.1),
  };
}

/** Who asks. */
export function drawUser(random: Random) {
  const username = random.pick(['ada', 'bob', 'system:serviceaccount:flux-system:flux']);
  return { username, uid: '7', groups: ['developers', 'system:authenticated'] };
}

/** A moment of 2026, at times with fractions of a second. */
export function drawInstant(random: Random): string {
  const at = Date.UTC(
    2026,
    random.int(0, 11),
    random.int(1, 28),
    random.int(0, 23),
    random.int(0, 59),
  );
  return new Date(at + (random.chance(0.5) ? 0 : random.int(1, 999))).toISOString();
}

/** A namespace, or none that is known. */
export function drawNamespace(random: Random): Json {
  if (random.chance(0.05)) return null;
  const labels = { env: random.pick(['production', 'lab']) };
  return json({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } });
}

/** A ConfigMap that bindings refer to. */
export function drawParam(random: Random, name: string): Json {
  const metadata = { name, namespace: 'shop', labels: { kind: 'limits' } };
  return json({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    prefix: random.pick(['w', 'z']),
    limit: random.int(0, 9),
  });
}

function drawParams(random: Random, { bindings }: Rules): Facts['params'] {
  const referring = bindings.filter(({ spec }) => spec.paramRef !== undefined);
  return Object.fromEntries(
    referring.map(({ metadata }) => [
      metadata.name,
      Array.from({ length: random.int(0, 2) }, (_value, index) =>
        drawParam(random, `limits-${index}`),
      ),
    ]),
  );
}

/** The answer to the one question that policies ask, or none. */
function drawAuthorizer(random: Random): Facts['authorizer'] {
  if (random.chance(0.2)) return {};
  const key = questionKey({ verb: 'deploy', group: 'apps', resource: 'deployments' });
  const decision = random.pick(['allow', 'deny', 'noOpinion'] as const);
  return { [key]: { decision, ...(random.chance(0.1) ? { error: 'unreachable' } : {}) } };
}

function drawRollout(
  random: Random,
  gate: Gate,
  { windows, isDown }: { readonly windows: readonly WindowFact[]; readonly isDown: boolean },
): RolloutFacts {
  const fromWeight = random.int(1, 90);
  const closed = windows.find(({ open }) => !open);
  return {
    gate,
    strategy: 'canary',
    provider: 'kubernetes',
    phase: 'Progressing',
    fromWeight,
    toWeight: isDown
      ? random.int(0, fromWeight - 1)
      : Math.min(100, fromWeight + random.int(0, 20)),
    maxWeight: 50,
    step: random.int(0, 5),
    iteration: 0,
    failedChecks: random.int(0, 5),
    threshold: 5,
    startedAt: '2026-01-01T00:00:00Z',
    stepStartedAt: '2026-01-01T00:00:00Z',
    revision: 'sluice.v1:0',
    images: [{ container: 'app', image: 'web:2' }],
    changedBy: random.chance(0.2) ? null : drawUser(random),
    metrics: Array.from({ length: random.int(0, 2) }, () => ({
      name: 'request-success-rate',
      value: random.pick([99, 99.5, 90, null]),
      min: 99,
      verdict: random.pick(['pass', 'pass', 'fail', 'noData']),
    })),
    approvals: drawApprovals(random),
    windows: { open: closed === undefined, reason: closed?.reason ?? '' },
    exceptions: [],
  };
}

/** Change windows, most of them open. */
export function drawWindows(random: Random): readonly WindowFact[] {
  if (random.chance(0.7)) return [];
  return Array.from({ length: random.int(1, 2) }, (_value, index): WindowFact => {
    const isOpen = random.chance(0.5);
    const named = { namespace: 'sluice-system', name: `window-${index}` };
    if (isOpen) return { ...named, open: true, reason: '' };
    const nextOpen = random.chance(0.5) ? { nextOpen: '2027-01-01T00:00:00Z' } : {};
    return { ...named, open: false, reason: 'holidays', ...nextOpen };
  });
}

/** What people have said about the run. */
export function drawApprovals(random: Random): ApprovalFact[] {
  if (random.chance(0.6)) return [];
  return [
    {
      namespace: 'shop',
      name: 'approval',
      approver: { username: 'bob' },
      action: random.pick(['Approve', 'Reject', 'Pause'] as const),
      createdAt: '2026-01-01T00:00:00Z',
      signatureVerified: false,
    },
  ];
}

/** Exceptions from the policies, in force or not, some with conditions that fail. */
export function drawExceptions(random: Random, { policies }: Rules, now: string): ExceptionFact[] {
  if (random.chance(0.75)) return [];
  const conditions = [
    'object == null || object.spec.?n.orValue(0) < 70',
    'object.spec.missing.deeper',
    'false',
  ];
  return [
    {
      namespace: 'sluice-system',
      name: 'exception',
      type: random.chance(0.5) ? 'Exception' : 'Emergency',
      policies: [
        {
          name: random.pick(policies).metadata.name,
          ...(random.chance(0.3) ? { validations: [random.pick(['0', 'v0', 'v1'])] } : {}),
        },
      ],
      ...(random.chance(0.4)
        ? { conditions: [{ name: 'c', expression: random.pick(conditions) }] }
        : {}),
      expiresAt: random.chance(0.8) ? '2030-01-01T00:00:00Z' : now,
      inForce: random.chance(0.8),
      reviewOverdue: random.chance(0.1),
    },
  ];
}

/** A budget that the step draws on. */
export function drawBudgets(random: Random): BudgetFact[] {
  if (random.chance(0.8)) return [];
  const isGranted = random.chance(0.5);
  return [
    {
      namespace: 'sluice-system',
      name: 'budget',
      unit: 'percent',
      limit: 50,
      used: isGranted ? 10 : 45,
      requested: 20,
      granted: isGranted,
      ahead: random.int(0, 2),
      weight: 20,
    },
  ];
}

function drawFreshness(random: Random, isGate: boolean): Facts['freshness'] {
  const kinds = [
    'RolloutPolicy',
    'RolloutPolicyBinding',
    'Namespace',
    ...(isGate ? ['ChangeWindow'] : []),
  ];
  return Object.fromEntries(kinds.map((kind) => [kind, random.chance(0.01) ? 'unknown' : 'fresh']));
}
