import { GATES } from '../policy.ts';
import type { CustomResource } from './custom-resource.ts';
import {
  conditions,
  integer,
  list,
  oneOf,
  record,
  setOf,
  text,
  time,
  type Schema,
} from './schema.ts';
import { labelSelector } from './selection.ts';

const schedule: Schema = {
  ...record('Either one interval or a recurrence; the end is exclusive.', {
    from: time('First instant, with offset.'),
    to: time('First instant that is outside again, with offset.'),
    rrule: text('Recurrence of the start (RFC 5545), without a zone.', { minLength: 1 }),
    durationMinutes: integer('Length of each occurrence.', { minimum: 1, maximum: 527040 }),
    timeZone: text('IANA zone in which the recurrence is read.', { minLength: 1, maxLength: 64 }),
  }),
  'x-kubernetes-validations': [
    {
      rule: '(has(self.from) && has(self.to) && !has(self.rrule) && !has(self.durationMinutes) && !has(self.timeZone)) || (!has(self.from) && !has(self.to) && has(self.rrule) && has(self.durationMinutes) && has(self.timeZone))',
      message: 'give either from and to, or rrule, durationMinutes and timeZone',
    },
    {
      rule: '!(has(self.from) && has(self.to)) || timestamp(self.from) < timestamp(self.to)',
      message: 'from must be before to',
    },
  ],
};

export const changeWindow: CustomResource = {
  plural: 'changewindows',
  kind: 'ChangeWindow',
  shortName: 'cwin',
  scope: 'Namespaced',
  description: 'When changes may, or may not, go forward.',
  properties: {
    spec: record(
      'The window.',
      {
        type: oneOf(
          ['Allow', 'Deny'],
          'Deny closes its time and wins. Where an Allow matches, everything outside is closed.',
        ),
        schedule,
        match: record('Which subjects it concerns; absent: all.', {
          namespaceSelector: labelSelector('Labels of the namespace.'),
          objectSelector: labelSelector('Labels of the Canary or Deployment.'),
        }),
        gates: setOf('Gates that it closes. Default all.', { type: 'string', enum: GATES }, 3),
        inFlight: oneOf(
          ['Hold', 'Finish'],
          'Whether a rollout that has begun is held too. Default Hold.',
        ),
        reason: text('Shown with each hold.'),
      },
      ['type', 'schedule'],
    ),
    status: record('What Sluice made of the window.', {
      observedGeneration: integer('Generation that was read.', { minimum: 0 }),
      active: list('Current or next occurrence: from, to.', { type: 'string', maxLength: 64 }, 2),
      conditions: conditions(),
    }),
  },
  required: ['spec'],
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.type' },
    { name: 'From', type: 'string', jsonPath: '.spec.schedule.from' },
    { name: 'To', type: 'string', jsonPath: '.spec.schedule.to' },
    { name: 'Recurs', type: 'string', jsonPath: '.spec.schedule.rrule', priority: 1 },
    { name: 'Reason', type: 'string', jsonPath: '.spec.reason' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
