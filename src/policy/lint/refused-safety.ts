import type {
  CallSite,
  LabelSelector,
  RolloutPolicy,
  RolloutPolicyBinding,
} from '../../domain/policy.ts';
import { isJsonObject, type Json } from '../../lib/lossless-json.ts';
import type { CompiledPolicy } from '../compile.ts';
import { decide } from '../decide.ts';
import { createSnapshot, type PolicySnapshot } from '../snapshot.ts';
import { testFacts } from '../test-facts.ts';
import { SAFETY_SAMPLES, type SafetySample } from './safety-samples.ts';

/** A change toward safety that a policy would refuse, if the engine did not let it through. */
export interface RefusedSafety {
  /** In words: `a Canary is deleted and reverts to its target`. */
  readonly change: string;
  /** The facts of the sample, in the words of expressions. */
  readonly facts: string;
  /** Index of the first validation that refuses it; undefined for another part of the policy. */
  readonly validation: number | undefined;
  /** Whether it is an evaluation error rather than a judgement. */
  readonly isError: boolean;
}

/**
 * Cost units that trying a policy may take, and how often an expression may be looked at while it runs (once each 8192
 * units): about 40 ms of the slowest expressions. Counted, not timed, so that every replica says the same.
 */
const MAX_COST = 400_000;
const MAX_LOOKS = 32;

/** Tries a policy on samples, within one allowance. */
interface Trial {
  readonly snapshot: PolicySnapshot;
  readonly policy: RolloutPolicy;
  cost: number;
  looks: number;
}

/**
 * Tries sample changes toward safety on a policy. Only those count whose objects the policy takes when they are
 * created: one that refuses the object itself, or every move at that moment, has nothing against the change. The
 * samples have the labels that the policy's selectors ask for. A policy too expensive to be tried is not judged.
 */
export function refusedSafety(compiled: CompiledPolicy): readonly RefusedSafety[] {
  const { policy } = compiled;
  const snapshot = createSnapshot(
    { policies: [policy], bindings: [denying(policy)] },
    // What a mutation makes of a sample, or fails at, is no judgement on it.
    () => ({ ...compiled, mutations: [] }),
  );
  const trial: Trial = { snapshot, policy, cost: 0, looks: 0 };
  const isAsked = (site: CallSite): boolean =>
    (policy.spec.evaluateAt ?? ['Admission', 'Scan']).includes(site);
  return SAFETY_SAMPLES.filter(({ callSite }) => isAsked(callSite)).flatMap((sample) =>
    refusal(compiled, trial, sample),
  );
}

function refusal(
  { validations }: CompiledPolicy,
  trial: Trial,
  sample: SafetySample,
): readonly RefusedSafety[] {
  const [first] = violationsOf(trial, sample.callSite, sample.safe);
  if (first === undefined) return [];
  const isTaken = sample.forward.every(
    (members) => violationsOf(trial, sample.callSite, members).length === 0,
  );
  if (!isTaken || isSpent(trial)) return [];
  const { change, facts } = sample;
  const index = validations.findIndex(({ label }) => label === first.validation);
  return [
    {
      change,
      facts,
      validation: index < 0 ? undefined : index,
      isError: first.error === true,
    },
  ];
}

function isSpent({ cost, looks }: Trial): boolean {
  return cost > MAX_COST || looks > MAX_LOOKS;
}

function violationsOf(
  trial: Trial,
  callSite: CallSite,
  { object = null, oldObject = null, ...members }: Readonly<Record<string, Json>>,
) {
  if (isSpent(trial)) return [];
  const { matchConstraints: criteria } = trial.policy.spec;
  const labels = askedLabels(criteria?.objectSelector);
  const given = {
    ...members,
    oldObject: labelled(oldObject, labels),
    namespaceObject: namespaceWith(askedLabels(criteria?.namespaceSelector)),
  };
  const test = { name: '', callSite, members: given, expect: { verdict: 'allow' } } as const;
  const facts = testFacts(test, labelled(object, labels), []);
  // Most policies are about one kind only.
  if (trial.snapshot.candidates(callSite, facts.request).length === 0) return [];
  const decision = decide(trial.snapshot, facts, () => ++trial.looks > MAX_LOOKS);
  trial.cost += decision.cost;
  return decision.violations;
}

/** Labels that a selector selects, as far as it names any. */
function askedLabels(selector: LabelSelector | undefined): Readonly<Record<string, string>> {
  const expressions = selector?.matchExpressions ?? [];
  return {
    ...selector?.matchLabels,
    ...Object.fromEntries(
      expressions
        .filter(({ operator }) => operator === 'In' || operator === 'Exists')
        .map(({ key, values }) => [key, values?.[0] ?? '']),
    ),
  };
}

function labelled(object: Json, labels: Readonly<Record<string, string>>): Json {
  if (!isJsonObject(object)) return object;
  const metadata = object['metadata'];
  const own = isJsonObject(metadata) ? metadata : {};
  const before = isJsonObject(own['labels']) ? own['labels'] : {};
  return { ...object, metadata: { ...own, labels: { ...before, ...labels } } };
}

function namespaceWith(labels: Readonly<Record<string, string>>): Json {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop', ...labels } },
  };
}

function denying({ apiVersion, kind, metadata }: RolloutPolicy): RolloutPolicyBinding {
  return {
    apiVersion,
    kind: `${kind}Binding`,
    metadata: { name: metadata.name },
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  };
}
