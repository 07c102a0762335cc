import type { CallSite, RolloutPolicy, RolloutPolicyBinding } from '../../domain/policy.ts';
import type { Json } from '../../lib/lossless-json.ts';
import type { CompiledPolicy } from '../compile.ts';
import { decide } from '../decide.ts';
import { createSnapshot, type PolicySnapshot } from '../snapshot.ts';
import { testFacts } from '../test-facts.ts';
import { SAFETY_SAMPLES, type SafetySample } from './safety-samples.ts';

/** A change toward safety that a policy would refuse, if the engine did not let it through. */
export interface RefusedSafety {
  /** In words: `a canary is deleted and reverts to its target`. */
  readonly change: string;
  /** Index of the first validation that refuses it; undefined for another part of the policy. */
  readonly validation: number | undefined;
  /** Whether it is an evaluation error rather than a judgement. */
  readonly isError: boolean;
}

/**
 * Tries sample changes toward safety on a policy. Only those count whose objects the policy takes when they are
 * created: one that refuses the object itself has nothing against the change.
 */
export function refusedSafety(compiled: CompiledPolicy): readonly RefusedSafety[] {
  const { policy } = compiled;
  const snapshot = createSnapshot(
    { policies: [policy], bindings: [denying(policy)] },
    () => compiled,
  );
  const isAsked = (site: CallSite): boolean =>
    (policy.spec.evaluateAt ?? ['Admission', 'Scan']).includes(site);
  return SAFETY_SAMPLES.filter(({ callSite }) => isAsked(callSite)).flatMap((sample) =>
    refusal(compiled, snapshot, sample),
  );
}

function refusal(
  { validations }: CompiledPolicy,
  snapshot: PolicySnapshot,
  sample: SafetySample,
): readonly RefusedSafety[] {
  const [first] = violationsOf(snapshot, sample.callSite, sample.safe);
  if (first === undefined) return [];
  const isTaken = sample.forward.every(
    (members) => violationsOf(snapshot, sample.callSite, members).length === 0,
  );
  if (!isTaken) return [];
  const index = validations.findIndex(({ label }) => label === first.validation);
  return [
    {
      change: sample.change,
      validation: index < 0 ? undefined : index,
      isError: first.error === true,
    },
  ];
}

function violationsOf(
  snapshot: PolicySnapshot,
  callSite: CallSite,
  { object = null, ...members }: Readonly<Record<string, Json>>,
) {
  const test = { name: '', callSite, members, expect: { verdict: 'allow' } } as const;
  const facts = testFacts(test, object, []);
  // Most policies are about one kind only.
  if (snapshot.candidates(callSite, facts.request).length === 0) return [];
  return decide(snapshot, facts).violations;
}

function denying({ apiVersion, kind, metadata }: RolloutPolicy): RolloutPolicyBinding {
  return {
    apiVersion,
    kind: `${kind}Binding`,
    metadata: { name: metadata.name },
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  };
}
