import { exceptionRules } from '../../app/governance-source.ts';
import type { Config } from '../../config/options.ts';
import type { PolicyException } from '../../domain/exception.ts';
import type { KubeObject } from '../../domain/object.ts';
import type { RolloutPolicy } from '../../domain/policy.ts';
import type { Catalogue } from '../../evidence/report/catalogue.ts';
import type {
  ControlsInput,
  ExceptionInput,
  PolicyInput,
} from '../../evidence/report/controls-input.ts';
import { exceptionState } from '../../governance/exceptions.ts';
import { compileStoredPolicy } from '../../policy/compile.ts';
import { examineWorld } from './examine.ts';
import { bindingInput, loopholesOf } from './reach.ts';
import type { ReportWorld } from './world.ts';

/** What a report is asked about. */
export interface ReportQuestion {
  readonly framework: Catalogue;
  /** RFC 3339. */
  readonly now: string;
  /** Empty: all that are known. */
  readonly namespaces: readonly string[];
  readonly config: Config;
}

/** Everything that a report needs to know of a world. */
export function controlsInput(all: ReportWorld, question: ReportQuestion): ControlsInput {
  const { framework, now, config } = question;
  const world = narrowed(all, question.namespaces);
  const found = examineWorld(world, config, now);
  const { isAdmissionRegistered } = world;
  return {
    framework,
    now,
    source: world.source,
    scope: {
      namespaces: world.namespaces.map(({ metadata }) => metadata.name),
      isChosen: question.namespaces.length > 0,
    },
    ...(isAdmissionRegistered === undefined ? {} : { isAdmissionRegistered }),
    policies: [...world.policies]
      .sort(byName)
      .map((policy) => policyInput(policy, { world, question, found: found(policy) })),
    exceptions: [...world.exceptions]
      .sort(byName)
      .map((exception) => exceptionInput(exception, world, question)),
    unseen: world.unseen,
  };
}

/** Only what is in the scope; a namespace that was chosen and is not known is left out, and said. */
function narrowed(world: ReportWorld, chosen: readonly string[]): ReportWorld {
  const isIn = (name: string): boolean => chosen.length === 0 || chosen.includes(name);
  const known = new Set(world.namespaces.map(({ metadata }) => metadata.name));
  return {
    ...world,
    namespaces: world.namespaces.filter(({ metadata }) => isIn(metadata.name)).sort(byName),
    objects: world.objects.filter(
      ({ object: { metadata } }) => metadata.namespace === undefined || isIn(metadata.namespace),
    ),
    unseen: [
      ...world.unseen,
      ...chosen.filter((name) => !known.has(name)).map((name) => `namespace ${name} is not known`),
    ],
  };
}

function policyInput(
  policy: RolloutPolicy,
  {
    world,
    question,
    found,
  }: {
    readonly world: ReportWorld;
    readonly question: ReportQuestion;
    readonly found: PolicyInput['found'];
  },
): PolicyInput {
  const { metadata, spec } = policy;
  const compiled = compileStoredPolicy(policy);
  const { severity, remediation, matchConstraints } = spec;
  const scope = {
    namespaces: world.namespaces,
    systemNamespace: question.config.sluiceNamespace,
  };
  return {
    name: metadata.name,
    title: spec.title ?? metadata.name,
    ...(severity === undefined ? {} : { severity }),
    ...(remediation === undefined ? {} : { remediation: remediation.trim() }),
    controls: (spec.standards ?? [])
      .filter(({ id }) => id === question.framework.id)
      .flatMap(({ controls }) => controls),
    problems: compiled.issues.map(({ field, message }) => `${field}: ${message}`),
    isIgnoring: spec.failurePolicy === 'Ignore',
    loopholes: loopholesOf(matchConstraints),
    bindings: world.bindings
      .filter((binding) => binding.spec.policyName === metadata.name)
      .sort(byName)
      .map((binding) => bindingInput(compiled, binding, scope)),
    ...(found === undefined ? {} : { found }),
  };
}

function exceptionInput(
  exception: PolicyException,
  { approvals }: ReportWorld,
  { config, now }: ReportQuestion,
): ExceptionInput {
  const { metadata, spec } = exception;
  const rules = exceptionRules(config);
  const state = exceptionState(exception, approvals, { ...rules, now });
  const { type, expiresAt, reason, ticket, requestedBy } = spec;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    type,
    policies: spec.policies,
    state: stateOf(state),
    until: expiresAt,
    requestedBy: requestedBy?.username ?? '',
    approvedBy: state.approvedBy,
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    isReviewOverdue: state.isReviewOverdue,
  };
}

function stateOf(state: ReturnType<typeof exceptionState>): ExceptionInput['state'] {
  if (state.isExpired) return 'expired';
  if (state.isRejected) return 'rejected';
  return state.inForce ? 'in force' : 'awaiting approval';
}

function byName(a: KubeObject, b: KubeObject): number {
  const key = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;
  return key(a) < key(b) ? -1 : 1;
}
