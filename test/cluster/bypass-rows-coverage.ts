import type { Bypass } from './bypass-row.ts';

const UNDONE = ['undone', 'undone', 'undone'] as const;

/** Ways that lead over Sluice itself, and what becomes of it where nothing is governed any more. */
export const COVERAGE_ROWS: readonly Bypass[] = [
  {
    id: 'impersonation',
    what: 'impersonation of the executor',
    expected: ['no right', 'no right', 'gap'],
    by: "the API server's audit log names the impersonator",
  },
  {
    id: 'policy-edited',
    what: 'a RolloutPolicy made weaker',
    expected: ['no right', 'no right', 'gap'],
    by: 'its annotation `sluice.dev/changed-by` says who',
  },
  {
    id: 'policy-deleted',
    what: 'a RolloutPolicyBinding deleted',
    expected: ['no right', 'no right', 'gap'],
    by: "the API server's audit log; status and reports say what is enforced",
  },
  {
    id: 'webhook-edited',
    what: "Sluice's webhook configuration edited",
    expected: ['no right', 'no right', 'undone'],
    by: 'ValidatingAdmissionPolicy `sluice-coverage` for all but cluster admins; Event `CoverageGap`',
  },
  {
    id: 'webhook-deleted',
    what: "Sluice's webhook configuration deleted",
    expected: ['no right', 'no right', 'undone'],
    by: 'the same',
  },
  {
    id: 'admission-policy-edited',
    what: "Sluice's ValidatingAdmissionPolicies edited or deleted",
    expected: ['no right', 'no right', 'gap'],
    by: 'Event `CoverageGap`',
  },
  {
    id: 'binding-label',
    what: 'a label of the namespace by which a binding selects it',
    expected: ['no right', 'gap', 'gap'],
    by: 'bind by `sluice.dev/governed` or `kubernetes.io/metadata.name`; `sluice report controls` shows what is left out',
  },
  {
    id: 'secret-deleted',
    what: "the Secret with Sluice's certificates deleted",
    expected: ['no right', 'no right', 'gap'],
    by: 'what is served stays, and goes back into it; no review is refused',
  },
  {
    id: 'governed-label',
    what: 'the label `sluice.dev/governed` taken from a namespace',
    expected: ['no right', 'refused', 'gap'],
    by: 'ValidatingAdmissionPolicy `sluice-coverage`; Event `CoverageGap`',
  },
  {
    id: 'open-primary',
    what: 'then: the pods of a primary',
    expected: UNDONE,
    by: 'controller: Event `DriftRepaired`, condition `Disturbed` of the run',
  },
  {
    id: 'open-owner',
    what: 'then: the owner of a primary taken away',
    expected: UNDONE,
    by: 'the same',
  },
  {
    id: 'open-service',
    what: 'then: selector of a generated Service',
    expected: UNDONE,
    by: 'the same',
  },
  {
    id: 'open-route',
    what: "then: the canary's share raised on the route",
    expected: ['no right', 'undone', 'undone'],
    by: 'the same',
  },
  {
    id: 'open-route-deleted',
    what: 'then: the route deleted',
    expected: ['no right', 'undone', 'undone'],
    by: 'the same',
  },
  {
    id: 'sluice-away',
    what: 'Sluice scaled to zero',
    expected: ['no right', 'no right', 'gap'],
    by: 'writes are refused meanwhile and weights stay; Event `CoverageGap` when it comes back',
  },
];
