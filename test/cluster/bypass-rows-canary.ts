import type { Bypass } from './bypass-row.ts';

const FOR_DEPLOYERS = ['no right', 'refused', 'refused'] as const;
const FOR_ALL = ['refused', 'refused', 'refused'] as const;
const FOR_ADMINS = ['no right', 'no right', 'refused'] as const;
const UNDONE = ['undone', 'undone', 'undone'] as const;

/** Ways that lead over records and Canaries. */
export const CANARY_ROWS: readonly Bypass[] = [
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
    id: 'weaker-in-flight',
    what: 'a weaker analysis in a rollout: fewer steps, other bounds',
    expected: ['no right', 'gap', 'gap'],
    by: 'policies about Canaries judge the edit, and the gates ask again at each step and the promotion',
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
    id: 'left-in-flight',
    what: '`sluice.dev/executor` on the Canary in a rollout, so that Sluice leaves it alone',
    expected: FOR_DEPLOYERS,
    by: 'webhook; `sluice abort` ends the rollout first',
  },
  {
    id: 'left-settled',
    what: 'the same while nothing is rolled out',
    expected: ['no right', 'gap', 'gap'],
    by: 'nothing is rolled out meanwhile, unless a Flagger runs; a RolloutPolicy about Canaries refuses it',
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
    id: 'exception-forged',
    what: "a PolicyException in somebody else's name",
    expected: UNDONE,
    by: 'webhook: written over at once; without one, ValidatingAdmissionPolicy `sluice-identity`',
  },
];
