import { APPROVAL_ACTIONS } from '../approval.ts';
import { GATES } from '../policy.ts';
import { RUN_PHASES } from '../run.ts';
import type { CustomResource } from './custom-resource.ts';
import {
  conditions,
  flag,
  integer,
  list,
  oneOf,
  record,
  text,
  time,
  type Schema,
} from './schema.ts';

const percent = (description: string): Schema => integer(description, { minimum: 0, maximum: 100 });
const gate = oneOf(GATES, 'The gate that was asked.');
const reasons = list('Why, one line each.', { type: 'string', maxLength: 4096 }, 64);
const name = (description: string): Schema => text(description, { maxLength: 253 });

const userInfo: Schema = {
  ...record('Who made the change, as the API server knew them; null when unknown.', {
    username: text('User name.'),
    uid: text('User id.'),
    groups: list('Groups.', { type: 'string', maxLength: 256 }),
    extra: {
      type: 'object',
      description: 'Further attributes.',
      maxProperties: 16,
      additionalProperties: {
        type: 'array',
        maxItems: 16,
        items: { type: 'string', maxLength: 1024 },
      },
    },
  }),
  nullable: true,
};

const spec: Schema = {
  ...record(
    'The change. Written once, by Sluice.',
    {
      subject: record(
        'The Canary or Deployment.',
        {
          apiVersion: text('Its apiVersion.', { maxLength: 317 }),
          kind: text('Its kind.', { maxLength: 63 }),
          name: name('Its name.'),
          uid: text('Its uid.', { maxLength: 64 }),
        },
        ['apiVersion', 'kind', 'name', 'uid'],
      ),
      revision: text("Digest of the target's template.", { maxLength: 128 }),
      images: list(
        'Images of the revision.',
        record(
          'The image of a container.',
          {
            container: name('Container name.'),
            image: text('Image as written.'),
            digest: text('Digest, when known.', { maxLength: 128 }),
          },
          ['container', 'image'],
        ),
        32,
      ),
      changedBy: userInfo,
      strategy: oneOf(
        ['canary', 'blue-green', 'ab-testing', 'rolling-update'],
        'How the change is rolled out.',
      ),
      provider: text('Routing provider.', { maxLength: 63 }),
      takenOver: record(
        'The rollout of another controller that was found under way and is left as it is until somebody retries or aborts this run.',
        {
          phase: text("Phase in the Canary's status.", { maxLength: 63 }),
          digest: text('Its `lastAppliedSpec`.', { maxLength: 128 }),
        },
        ['phase', 'digest'],
      ),
    },
    ['subject', 'revision', 'images', 'strategy', 'provider'],
  ),
  'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'spec is immutable' }],
};

const decision = record(
  'An answer of a gate.',
  {
    gate,
    at: time('When.'),
    verdict: oneOf(['allow', 'warn', 'hold'], 'What it said.'),
    reasons,
    factsDigest: text('Digest of the facts.', { maxLength: 128 }),
    snapshotDigest: text('Digest of the policies.', { maxLength: 128 }),
    nextOpen: time('When it would next be allowed.'),
  },
  ['gate', 'at', 'verdict'],
);

const measurement = record(
  'An answer, or a missing one, of a metric check or hook.',
  {
    name: text('Name of the check.'),
    kind: oneOf(['metric', 'hook'], 'What was asked.'),
    at: time('When.'),
    verdict: oneOf(['pass', 'fail', 'noData', 'error'], 'How it was judged.'),
    value: { type: 'number', description: 'Measured value.' },
    min: { type: 'number', description: 'Lower bound.' },
    max: { type: 'number', description: 'Upper bound.' },
    message: text('Why there is no value.', { maxLength: 4096 }),
  },
  ['name', 'kind', 'at', 'verdict'],
);

const step = record(
  'One step of the rollout.',
  {
    step: integer('Number of the step.', { minimum: 0 }),
    weight: percent("The canary's share."),
    startedAt: time('When it began.'),
    endedAt: time('When it ended.'),
    decisions: list('Answers of the gates.', decision, 100),
    measurements: list('Last measurements.', measurement, 50),
    action: text('What was done.'),
  },
  ['step', 'weight', 'startedAt'],
);

const act = record(
  'What came of an Approval.',
  {
    approval: name('Name of the Approval.'),
    uid: text('Its uid.', { maxLength: 64 }),
    action: oneOf(APPROVAL_ACTIONS, 'What was asked.'),
    by: text('Username of the approver.'),
    at: time('When.'),
    outcome: text('What was done.', { maxLength: 4096 }),
  },
  ['approval', 'uid', 'action', 'by', 'at', 'outcome'],
);

const status = record('What has happened.', {
  phase: oneOf(RUN_PHASES, 'Where the run stands.'),
  step: integer('Current step.', { minimum: 0 }),
  weights: record(
    'Traffic as last written.',
    {
      primary: percent("The primary's share."),
      canary: percent("The canary's share."),
      mirrored: flag('Whether the canary gets copies.'),
    },
    ['primary', 'canary', 'mirrored'],
  ),
  held: record(
    'Set while a gate holds the run.',
    {
      gate,
      since: time('Since when.'),
      reasons,
      nextOpen: time('When it would next be allowed.'),
      hook: text('The hook that did not confirm; absent when the gate itself is closed.', {
        maxLength: 253,
      }),
      budgets: list(
        'RolloutBudgets (namespace/name) that alone hold it; it waits in their queues.',
        { type: 'string', maxLength: 507 },
        16,
      ),
    },
    ['gate', 'since', 'reasons'],
  ),
  paused: record(
    'Set while somebody has paused it.',
    {
      by: text('Username of who did.'),
      since: time('Since when.'),
      until: time('When the pause ends by itself.'),
    },
    ['by', 'since'],
  ),
  wanted: record(
    'What somebody asked of it.',
    {
      what: oneOf(
        ['Promotion', 'Retry'],
        'Promotion without the remaining analysis; another run of the revision of an ended run.',
      ),
      by: text('Username of who did.'),
      at: time('When.'),
    },
    ['what', 'by', 'at'],
  ),
  promotes: record(
    'What its promotion makes of the primary; recorded before the primary is written.',
    {
      revision: text('Digest of the template that is promoted.', { maxLength: 128 }),
      id: text('What the primary is recognised by once it has it.', { maxLength: 128 }),
    },
    ['revision', 'id'],
  ),
  restores: text(
    'The revision that the primary gets back after an abort that follows the promotion.',
    {
      maxLength: 128,
    },
  ),
  floor: integer(
    "Fewest pods that the primary's autoscaler leaves it for the time of the rollout and a while after.",
    { minimum: 1 },
  ),
  acts: list('What came of its Approvals, the newest last.', act, 64),
  steps: list('Steps so far.', step, 200),
  failedChecks: integer('Failed checks.', { minimum: 0 }),
  unknownChecks: integer('Consecutive checks without an answer.', { minimum: 0 }),
  reservations: list(
    'Budget shares taken.',
    record(
      'A share of a budget.',
      {
        budget: text('RolloutBudget (namespace/name).', { maxLength: 507 }),
        weight: percent("The canary's share that is counted."),
        at: time('When.'),
      },
      ['budget', 'weight', 'at'],
    ),
    16,
  ),
  outcome: record(
    'How it ended.',
    {
      reason: text('One word.', { maxLength: 63 }),
      message: text('A sentence.', { maxLength: 4096 }),
      at: time('When.'),
    },
    ['reason', 'message', 'at'],
  ),
  observedGeneration: integer('Generation of the subject.', { minimum: 0 }),
  conditions: conditions(),
});

export const rolloutRun: CustomResource = {
  plural: 'rolloutruns',
  kind: 'RolloutRun',
  shortName: 'rrun',
  scope: 'Namespaced',
  description: 'The record of one rollout.',
  properties: { spec, status },
  required: ['spec'],
  columns: [
    { name: 'Kind', type: 'string', jsonPath: '.spec.subject.kind' },
    { name: 'Subject', type: 'string', jsonPath: '.spec.subject.name' },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
    { name: 'Step', type: 'integer', jsonPath: '.status.step' },
    { name: 'Weight', type: 'integer', jsonPath: '.status.weights.canary' },
    { name: 'Held by', type: 'string', jsonPath: '.status.held.gate' },
    { name: 'Paused by', type: 'string', jsonPath: '.status.paused.by', priority: 1 },
    { name: 'Next open', type: 'date', jsonPath: '.status.held.nextOpen', priority: 1 },
    { name: 'Outcome', type: 'string', jsonPath: '.status.outcome.reason' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
