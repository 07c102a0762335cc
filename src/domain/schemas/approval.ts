import { APPROVAL_ACTIONS } from '../approval.ts';
import { GATES } from '../policy.ts';
import type { CustomResource } from './custom-resource.ts';
import { conditions, integer, oneOf, record, setOf, text, time, type Schema } from './schema.ts';
import { stampedUser } from './stamped.ts';

const subject = record(
  'What it is about, in the same namespace.',
  {
    kind: oneOf(['RolloutRun', 'PolicyException'], 'Its kind.'),
    name: text('Its name.', { minLength: 1, maxLength: 253 }),
    uid: text('Its uid: an approval never passes on to a later object of the same name.', {
      minLength: 1,
      maxLength: 64,
    }),
  },
  ['kind', 'name', 'uid'],
);

const spec: Schema = {
  ...record(
    'What was said. Written once.',
    {
      subject,
      action: oneOf(
        APPROVAL_ACTIONS,
        'What is to be done. The approver needs the verb of this name, in lower case, on the subject.',
      ),
      scope: record('What an approval of a run opens; absent: every gate, up to any weight.', {
        gates: setOf('Gates that it opens.', { type: 'string', enum: GATES }, 3),
        maxWeight: integer('Weight in percent up to which it opens them.', {
          minimum: 0,
          maximum: 100,
        }),
      }),
      comment: text('Why.', { maxLength: 4096 }),
      ticket: text('Reference to a record elsewhere.'),
      expiresAt: time('From when on it counts no more; absent: when its subject ends.'),
      approver: stampedUser('Who said it. Written by Sluice; leave it out.'),
    },
    ['subject', 'action'],
  ),
  'x-kubernetes-validations': [
    { rule: 'self == oldSelf', message: 'spec is immutable' },
    {
      rule: "self.subject.kind == 'RolloutRun' || self.action in ['Approve', 'Reject']",
      message: 'a PolicyException can be approved or rejected only',
    },
    {
      rule: "!has(self.scope) || (self.action == 'Approve' && self.subject.kind == 'RolloutRun')",
      message: 'scope belongs to the approval of a RolloutRun',
    },
  ],
};

const status: Schema = {
  ...record('What came of it.', {
    observedGeneration: integer('Generation that was read.', { minimum: 0 }),
    consumed: record(
      'That it was acted upon. Never again.',
      { at: time('When.'), outcome: text('What was done.', { maxLength: 4096 }) },
      ['at', 'outcome'],
    ),
    conditions: conditions(),
  }),
  'x-kubernetes-validations': [
    {
      rule: '!has(oldSelf.consumed) || (has(self.consumed) && self.consumed == oldSelf.consumed)',
      message: 'what was acted upon stays so',
    },
  ],
};

export const approval: CustomResource = {
  plural: 'approvals',
  kind: 'Approval',
  shortName: 'appr',
  scope: 'Namespaced',
  description: 'What a person said about a rollout or an exception.',
  properties: { spec, status },
  required: ['spec'],
  columns: [
    { name: 'Action', type: 'string', jsonPath: '.spec.action' },
    { name: 'Kind', type: 'string', jsonPath: '.spec.subject.kind' },
    { name: 'Subject', type: 'string', jsonPath: '.spec.subject.name' },
    { name: 'Approver', type: 'string', jsonPath: '.spec.approver.username' },
    { name: 'Expires', type: 'string', jsonPath: '.spec.expiresAt' },
    { name: 'Consumed', type: 'date', jsonPath: '.status.consumed.at' },
    { name: 'Outcome', type: 'string', jsonPath: '.status.consumed.outcome', priority: 1 },
    { name: 'Ticket', type: 'string', jsonPath: '.spec.ticket', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
