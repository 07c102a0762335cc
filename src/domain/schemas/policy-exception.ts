import type { CustomResource } from './custom-resource.ts';
import {
  conditions,
  integer,
  listMap,
  oneOf,
  record,
  setOf,
  text,
  time,
  type Schema,
} from './schema.ts';
import { labelSelector, namedExpressions } from './selection.ts';
import { stampedUser } from './stamped.ts';

const policy = record(
  'A policy, and which of its validations.',
  {
    name: text('Name of the RolloutPolicy.', { minLength: 1, maxLength: 253 }),
    validations: setOf(
      'Names or indexes of its validations; absent: all.',
      { type: 'string', minLength: 1, maxLength: 63 },
      64,
    ),
  },
  ['name'],
);

const match = record('Which subjects it concerns; what is absent selects all.', {
  namespaceSelector: labelSelector('Labels of the namespace.'),
  objectSelector: labelSelector('Labels of the subject.'),
  kinds: setOf('Kinds of the subject.', { type: 'string', minLength: 1, maxLength: 63 }),
  names: setOf('Names of the subject.', { type: 'string', minLength: 1, maxLength: 253 }, 64),
  conditions: namedExpressions('CEL of type bool; all must be true.'),
});

const spec: Schema = {
  ...record(
    'What is excepted. Written once: a wider exception is another one, with approvals of its own.',
    {
      type: oneOf(
        ['Exception', 'Emergency'],
        'An Exception needs approval by others first; an Emergency is in force at once and reviewed after.',
      ),
      policies: {
        ...listMap('The policies that are excepted.', ['name'], policy),
        minItems: 1,
      },
      match,
      reason: text('Why.', { minLength: 1, maxLength: 4096 }),
      ticket: text('Reference to a record elsewhere.'),
      expiresAt: time('From when on it is in force no more.'),
      reviewWithin: text(
        'Emergency: how long after its creation another person must have reviewed it, e.g. 24h.',
        { pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$', maxLength: 32 },
      ),
      requestedBy: stampedUser('Who asked for it. Written by Sluice; leave it out.'),
    },
    ['type', 'policies', 'reason', 'expiresAt'],
  ),
  'x-kubernetes-validations': [
    { rule: 'self == oldSelf', message: 'spec is immutable' },
    {
      rule: "self.type == 'Emergency' || !has(self.reviewWithin)",
      message: 'reviewWithin belongs to an Emergency',
    },
  ],
};

const conditionColumn = (name: string, type: string, priority?: number) =>
  ({
    name,
    type: 'string',
    jsonPath: `.status.conditions[?(@.type=='${type}')].status`,
    ...(priority === undefined ? {} : { priority }),
  }) as const;

export const policyException: CustomResource = {
  plural: 'policyexceptions',
  kind: 'PolicyException',
  shortName: 'rpex',
  scope: 'Namespaced',
  description: 'Lets certain subjects pass certain policies for a time.',
  properties: {
    spec,
    status: record('What Sluice made of the exception.', {
      observedGeneration: integer('Generation that was read.', { minimum: 0 }),
      conditions: conditions(),
    }),
  },
  required: ['spec'],
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.type' },
    conditionColumn('In force', 'InForce'),
    { name: 'Expires', type: 'string', jsonPath: '.spec.expiresAt' },
    { name: 'Requested by', type: 'string', jsonPath: '.spec.requestedBy.username' },
    conditionColumn('Review overdue', 'ReviewOverdue', 1),
    { name: 'Reason', type: 'string', jsonPath: '.spec.reason', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
