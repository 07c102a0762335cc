import type { Decision, Violation } from '../domain/decision.ts';

/** The decision of a gate that holds without policies having been asked, for the one reason given. */
export function heldDecision(
  why: Pick<Violation, 'message' | 'reason' | 'error' | 'nextOpen'>,
): Decision {
  const { nextOpen } = why;
  return {
    verdict: 'hold',
    violations: [
      {
        policy: '',
        generation: 0,
        digest: '',
        binding: '',
        validation: '',
        action: 'Hold',
        ...why,
      },
    ],
    warnings: [],
    patch: [],
    auditAnnotations: {},
    ...(nextOpen === undefined ? {} : { nextOpen }),
    cost: 0,
    snapshotDigest: '',
    factsDigest: '',
  };
}
