/** Who tries: `edit` in the namespace; that and Canaries, routes and the namespace's own labels; `system:masters`. */
export const ACTORS = ['user', 'deployer', 'admin'] as const;
export type Actor = (typeof ACTORS)[number];

/**
 * What comes of it. `no right`: Kubernetes' own roles do not allow it. `refused`: Sluice does not. `undone`: put right
 * within five seconds. `gap`: it can be done, and is recorded or documented.
 */
export type Verdict = 'no right' | 'refused' | 'undone' | 'gap';

/** One way round a rollout. */
export interface Bypass {
  readonly id: string;
  /** What is tried. */
  readonly what: string;
  /** For each of {@link ACTORS}. */
  readonly expected: readonly [Verdict, Verdict, Verdict];
  /** What closes it; for a gap, where it is recorded or what to do about it. */
  readonly by: string;
}

const FOR_DEPLOYERS = ['no right', 'refused', 'refused'] as const;
const FOR_ALL = ['refused', 'refused', 'refused'] as const;
const FOR_ADMINS = ['no right', 'no right', 'refused'] as const;
const UNDONE = ['undone', 'undone', 'undone'] as const;

/** Every way round a rollout that is known, in the order of the documentation. */
export const BYPASSES: readonly Bypass[] = [
  {
    id: 'status-phase',
    what: "phase, weight or failed checks in a Canary's status",
    expected: FOR_DEPLOYERS,
    by: 'webhook and ValidatingAdmissionPolicy `sluice-records`',
  },
  {
    id: 'status-digest',
    what: "`lastAppliedSpec`, `lastPromotedSpec` in a Canary's status",
    expected: FOR_DEPLOYERS,
    by: 'the same',
  },
  {
    id: 'run-status',
    what: 'the status of a RolloutRun',
    expected: FOR_ADMINS,
    by: 'the same',
  },
  {
    id: 'run-delete',
    what: 'a RolloutRun deleted',
    expected: FOR_ADMINS,
    by: 'the same',
  },
  {
    id: 'skip-analysis',
    what: '`skipAnalysis`',
    expected: FOR_DEPLOYERS,
    by: 'policy `canary-analysis`, again at the gate RolloutStart',
  },
  {
    id: 'no-metrics',
    what: 'an analysis without metrics',
    expected: FOR_DEPLOYERS,
    by: 'policy `canary-analysis`, again at the gate RolloutStart',
  },
  {
    id: 'huge-threshold',
    what: 'a threshold that is never reached',
    expected: FOR_DEPLOYERS,
    by: 'webhook: at most 1000; policies `canary-analysis` and `canary-timing` ask for less',
  },
  {
    id: 'long-interval',
    what: 'an interval of a year',
    expected: FOR_DEPLOYERS,
    by: 'webhook: at most 24h; policy `canary-timing` asks for less',
  },
  {
    id: 'void-metric',
    what: 'a metric whose range has neither min nor max',
    expected: FOR_DEPLOYERS,
    by: 'webhook',
  },
  {
    id: 'skip-in-flight',
    what: '`skipAnalysis` turned on in a rollout',
    expected: FOR_DEPLOYERS,
    by: 'webhook; `sluice promote` says who decided it',
  },
  {
    id: 'suspend-in-flight',
    what: '`suspend` turned on in a rollout',
    expected: FOR_DEPLOYERS,
    by: 'webhook; `sluice pause` stops the steps and goes on checking',
  },
  {
    id: 'target-moved',
    what: '`targetRef` or `service.name` of an initialised Canary',
    expected: FOR_DEPLOYERS,
    by: 'webhook; past it condition `PrimaryMissing`, nothing goes forward',
  },
  {
    id: 'second-canary',
    what: 'a second Canary on one target',
    expected: FOR_DEPLOYERS,
    by: 'webhook; past it condition `TargetShared` of the younger one',
  },
  {
    id: 'foreign-template',
    what: 'a reference to another namespace, on UPDATE',
    expected: FOR_DEPLOYERS,
    by: 'webhook, and at each measurement (`--no-cross-namespace-refs`)',
  },
  {
    id: 'delete-in-flight',
    what: 'the Canary deleted in a rollout',
    expected: FOR_DEPLOYERS,
    by: 'webhook; `sluice abort` ends the rollout first',
  },
  {
    id: 'revert-in-flight',
    what: 'the same with `revertOnDeletion`, which would serve the version under test',
    expected: FOR_DEPLOYERS,
    by: 'webhook',
  },
  {
    id: 'delete-settled',
    what: 'the Canary deleted while nothing is rolled out',
    expected: ['no right', 'gap', 'gap'],
    by: 'its RolloutRuns stay; a RolloutPolicy about DELETE refuses it',
  },
  {
    id: 'first-deployment',
    what: 'the first version, which no Canary analyses',
    expected: ['no right', 'gap', 'gap'],
    by: 'Event `Initialization done!`; policies about Deployments hold at admission',
  },
  {
    id: 'approval-forged',
    what: "an Approval in somebody else's name, or without the right of its verb",
    expected: FOR_ALL,
    by: 'webhook and ValidatingAdmissionPolicy `sluice-identity`',
  },
  {
    id: 'changed-by-forged',
    what: '`sluice.dev/changed-by` on a Deployment',
    expected: UNDONE,
    by: 'webhook: written over at once',
  },
  {
    id: 'changed-by-status',
    what: 'the same by the subresource `status`',
    expected: FOR_ADMINS,
    by: 'webhook',
  },
  {
    id: 'primary-image',
    what: 'the pods of a primary',
    expected: FOR_ALL,
    by: 'webhook',
  },
  { id: 'primary-paused', what: 'a primary paused', expected: FOR_ALL, by: 'webhook' },
  {
    id: 'primary-owner',
    what: 'the owner of a primary taken away, to edit it next',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'primary-owner-status',
    what: 'the same by the subresource `status`',
    expected: FOR_ADMINS,
    by: 'webhook',
  },
  { id: 'primary-delete', what: 'a primary deleted', expected: FOR_ALL, by: 'webhook' },
  {
    id: 'service-selector',
    what: 'selector or ports of a generated Service',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'service-external',
    what: 'a generated Service made an ExternalName',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'service-owner-status',
    what: 'the owner of a generated Service taken away by the subresource `status`',
    expected: FOR_ADMINS,
    by: 'webhook',
  },
  { id: 'service-delete', what: 'a generated Service deleted', expected: FOR_ALL, by: 'webhook' },
  {
    id: 'claimed-object',
    what: 'an object made to belong to a Canary',
    expected: FOR_ALL,
    by: 'webhook',
  },
  {
    id: 'route-weight',
    what: "the canary's share raised on the route",
    expected: FOR_DEPLOYERS,
    by: 'webhook',
  },
  {
    id: 'route-hosts',
    what: 'anything else of the spec of a generated route',
    expected: FOR_DEPLOYERS,
    by: 'webhook',
  },
  { id: 'route-delete', what: 'a generated route deleted', expected: FOR_DEPLOYERS, by: 'webhook' },
  {
    id: 'dry-run',
    what: 'a dry run of any of these',
    expected: FOR_ALL,
    by: 'webhook: answered as the write itself',
  },
  {
    id: 'other-route',
    what: "another route to the canary's Service",
    expected: ['no right', 'gap', 'gap'],
    by: 'who may write HTTPRoutes is for RBAC to say',
  },
  {
    id: 'pod-label',
    what: "a pod labelled so that the primary's Service selects it",
    expected: ['gap', 'gap', 'gap'],
    by: 'who may write pods is for RBAC to say: people rarely need it',
  },
  {
    id: 'config-map',
    what: 'a ConfigMap or Secret that pods use',
    expected: ['gap', 'gap', 'gap'],
    by: 'immutable ConfigMaps with a new name each time make it a change of the template',
  },
  {
    id: 'impersonation',
    what: 'impersonation of the executor',
    expected: ['no right', 'no right', 'gap'],
    by: "the API server's audit log names the impersonator",
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

const TITLES: Readonly<Record<Actor, string>> = {
  user: 'ordinary user',
  deployer: 'application deployer',
  admin: 'cluster admin',
};

/** The table of docs/reference/bypass.md, as Markdown. */
export function bypassTable(): string {
  const head = ['what is tried', ...ACTORS.map((actor) => TITLES[actor]), 'by, or recorded where'];
  const rows = BYPASSES.map(({ what, expected, by }) => [what, ...expected, by]);
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}
