import type { CustomResource } from './custom-resource.ts';
import { conditions, integer, list, oneOf, record, type Schema } from './schema.ts';
import { labelSelector } from './selection.ts';

const spec: Schema = {
  ...record('How much may change at once.', {
    selector: labelSelector('Labels of the Canaries and Deployments that share it; absent: all.'),
    namespaceSelector: labelSelector('Labels of their namespaces; absent: all in reach.'),
    maxConcurrent: integer('Rollouts that may be under way at once.', {
      minimum: 1,
      maximum: 10_000,
    }),
    maxExposurePercent: integer(
      'Sum over them of canary weight times declared share of traffic, in percent.',
      { minimum: 1, maximum: 10_000 },
    ),
    order: oneOf(
      ['Oldest', 'Smallest'],
      'Who is served first: what began first, or what asks for least. Default Oldest.',
    ),
  }),
  'x-kubernetes-validations': [
    {
      rule: 'has(self.maxConcurrent) || has(self.maxExposurePercent)',
      message: 'maxConcurrent or maxExposurePercent must be given',
    },
  ],
};

export const rolloutBudget: CustomResource = {
  plural: 'rolloutbudgets',
  kind: 'RolloutBudget',
  shortName: 'rbud',
  scope: 'Namespaced',
  description: 'How many rollouts, and how much traffic, may be at stake at once.',
  properties: {
    spec,
    status: record('What draws on the budget.', {
      observedGeneration: integer('Generation that was read.', { minimum: 0 }),
      running: integer('Rollouts under way.', { minimum: 0 }),
      exposurePercent: {
        type: 'number',
        description: 'Exposed share of traffic, in percent.',
        minimum: 0,
      },
      waiting: list(
        'Rollouts that wait for it, first first: namespace/name.',
        { type: 'string', maxLength: 317 },
        100,
      ),
      conditions: conditions(),
    }),
  },
  required: ['spec'],
  columns: [
    { name: 'Max runs', type: 'integer', jsonPath: '.spec.maxConcurrent' },
    { name: 'Running', type: 'integer', jsonPath: '.status.running' },
    { name: 'Max exposure', type: 'integer', jsonPath: '.spec.maxExposurePercent' },
    { name: 'Exposure', type: 'number', jsonPath: '.status.exposurePercent' },
    { name: 'Waiting', type: 'string', jsonPath: '.status.waiting', priority: 1 },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
};
