import type { GovernanceChecks } from '../admission/governance-checks.ts';
import type { Config } from '../config/options.ts';
import type { Approval } from '../domain/approval.ts';
import { trafficShare, type RolloutBudget } from '../domain/budget.ts';
import type { Canary } from '../domain/canary.ts';
import type { ObjectCache } from '../domain/client.ts';
import type { PolicyException } from '../domain/exception.ts';
import type { GateQuestion } from '../domain/gates.ts';
import type { KubeObject, ObjectMeta } from '../domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { RolloutRun } from '../domain/run.ts';
import { evaluateApprovals } from '../governance/approvals.ts';
import { evaluateBudgets } from '../governance/budgets.ts';
import { drawingRuns, type RunSubject } from '../governance/drawing-run.ts';
import { evaluateExceptions, type ExceptionRules } from '../governance/exceptions.ts';
import type { GovernanceSource } from '../policy/engine.ts';
import type { Caches } from './caches.ts';
import type { Parts } from './parts.ts';
import { decidesAtGates } from './parts.ts';

/** The copies that governance reads. */
export interface GovernanceCaches {
  readonly exceptions: ObjectCache<PolicyException>;
  readonly approvals: ObjectCache<Approval>;
  readonly budgets: ObjectCache<RolloutBudget>;
  readonly runs: ObjectCache<RolloutRun>;
  readonly namespaces: ObjectCache<KubeObject>;
  /** Only where rollouts are carried out. */
  readonly canaries?: ObjectCache<Canary>;
}

/** Starts the watches; a process without the controller keeps of runs what says who their author is. */
export function watchGovernance(config: Config, caches: Caches): GovernanceCaches {
  const isController = decidesAtGates(config);
  const scope = config.namespace === '' ? {} : { namespace: config.namespace };
  const runScope = isController ? scope : { transform: withoutSteps };
  return {
    exceptions: caches.watch<PolicyException>(RESOURCES.policyExceptions),
    // Of all namespaces, whatever the controller's scope: exceptions in Sluice's own are approved there.
    approvals: caches.watch<Approval>(RESOURCES.approvals),
    budgets: caches.watch<RolloutBudget>(RESOURCES.rolloutBudgets),
    runs: caches.watch<RolloutRun>(RESOURCES.rolloutRuns, runScope),
    namespaces: caches.watch<KubeObject>(RESOURCES.namespaces),
    ...(isController ? { canaries: caches.watch<Canary>(RESOURCES.canaries, scope) } : {}),
  };
}

function withoutSteps(run: RolloutRun): RolloutRun {
  return run.status === undefined ? run : { ...run, status: { ...run.status, steps: [] } };
}

/** What configuration says about exceptions. */
export function exceptionRules(config: Config): ExceptionRules {
  return {
    systemNamespace: config.sluiceNamespace,
    exceptionNamespaces: config.exceptionNamespaces,
    reviewWithinMs: config.emergencyReviewWithin,
    identities: {
      machineApprovers: config.machineApprovers,
      deliveryIdentities: config.deliveryIdentities,
    },
  };
}

/** What writes of governance kinds are checked against. */
export function governanceChecks({ config, caches, clock }: Parts): GovernanceChecks {
  const { runs, exceptions, approvals } = watchGovernance(config, caches);
  return {
    runs,
    exceptions,
    approvals,
    policies: caches.watch<RolloutPolicy>(RESOURCES.rolloutPolicies),
    bindings: caches.watch<RolloutPolicyBinding>(RESOURCES.rolloutPolicyBindings),
    rules: exceptionRules(config),
    maxExceptionMs: config.maxException,
    maxEmergencyMs: config.maxEmergency,
    freshnessMs: config.freshnessBound,
    now: () => clock.now(),
  };
}

/** Evaluates exceptions, approvals and budgets for the policy engine. */
export function createGovernanceSource(config: Config, caches: GovernanceCaches): GovernanceSource {
  const rules = exceptionRules(config);
  const isGatekeeper = decidesAtGates(config);
  return {
    caches: {
      PolicyException: caches.exceptions,
      Approval: caches.approvals,
      ...(isGatekeeper ? { RolloutBudget: caches.budgets, RolloutRun: caches.runs } : {}),
    },
    exceptions: (subject, now) =>
      evaluateExceptions(caches.exceptions.list(), caches.approvals.list(), subject, {
        ...rules,
        now,
      }),
    approvals: ({ run, changedBy, gate, rollout, now }) =>
      run === undefined
        ? []
        : evaluateApprovals(
            caches.approvals.list(),
            { ...run, changedBy },
            { gate, toWeight: rollout.toWeight, now, identities: rules.identities },
          ),
    budgets: (question, namespaceLabels) =>
      budgetFacts(caches, question, { namespaceLabels, systemNamespace: rules.systemNamespace }),
  };
}

function budgetFacts(
  caches: GovernanceCaches,
  question: GateQuestion,
  at: {
    readonly namespaceLabels: Readonly<Record<string, string>>;
    readonly systemNamespace: string;
  },
) {
  const { subject, run, rollout, now } = question;
  const runs = drawingRuns(question.runs ?? caches.runs.list(), (each) => subjectOf(caches, each));
  const described = describe(subject.metadata, at.namespaceLabels);
  return evaluateBudgets(
    caches.budgets.list(),
    runs,
    {
      namespace: subject.metadata.namespace ?? '',
      uid: run?.uid,
      subject: described,
      share: trafficShare(described.annotations).percent,
      toWeight: Math.max(rollout.toWeight, question.peakWeight ?? 0),
    },
    { now, systemNamespace: at.systemNamespace },
  );
}

/** What is known of the Canary behind a run; undefined when it is gone or another one has its name. */
export function subjectOf(
  { canaries, namespaces }: GovernanceCaches,
  { metadata, spec }: RolloutRun,
): RunSubject | undefined {
  const { namespace = '' } = metadata;
  const canary = canaries?.get({ namespace, name: spec.subject.name });
  if (canary === undefined || canary.metadata.uid !== spec.subject.uid) return undefined;
  const labels = namespaces.get({ name: namespace })?.metadata.labels ?? {};
  return describe(canary.metadata, labels);
}

function describe(
  { labels = {}, annotations = {} }: ObjectMeta,
  namespaceLabels: Readonly<Record<string, string>>,
): RunSubject {
  return { labels, annotations, namespaceLabels };
}
