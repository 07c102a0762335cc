import fc from 'fast-check';
import { expect, it } from 'vitest';
import { protectionProblem } from '../../../src/admission/protect.ts';
import type { Review } from '../../../src/admission/review-codec.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';

const NAMES = [
  'metadata',
  'spec',
  'status',
  'ownerReferences',
  'annotations',
  'labels',
  'finalizers',
  'template',
  'selector',
  'matchLabels',
  'ports',
  'rules',
  'backendRefs',
  'weight',
  'analysis',
  'metrics',
  'thresholdRange',
  'stepWeights',
  'templateRef',
  'namespace',
  'targetRef',
  'service',
  'lastAppliedSpec',
  'phase',
  'kind',
  'apiVersion',
  '__proto__',
  'constructor',
];
const TEXTS = ['Canary', 'flagger.app/v1beta1', 'sluice.v1:1', 'Progressing', 'web-canary', 'shop'];

const { object } = fc.letrec<{ object: Json }>((tie) => ({
  object: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<Json>(null, true, 0, 1, -1, 1e9, 9_007_199_254_740_993n, ''),
    fc.constantFrom<Json>(...TEXTS),
    fc.array(tie('object'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('object'), { maxKeys: 6 }),
  ),
}));

const KINDS = [
  ['flagger.app', 'canaries'],
  ['apps', 'deployments'],
  ['gateway.networking.k8s.io', 'httproutes'],
  ['', 'services'],
] as const;

const reviews: fc.Arbitrary<Review> = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    operation: fc.constantFrom('CREATE' as const, 'UPDATE' as const, 'DELETE' as const),
    subResource: fc.constantFrom('', 'status'),
    object,
    oldObject: object,
  })
  .map(({ kind: [group, resource], operation, subResource, ...objects }) => ({
    uid: 'u',
    request: {
      kind: { group, version: 'v1', kind: 'Any' },
      resource: { group, version: 'v1', resource },
      subResource,
      name: 'web',
      namespace: 'shop',
      operation,
      userInfo: { username: 'ada' },
      dryRun: false,
    },
    ...objects,
  }));

it('whatever is written, it is answered, and shortly', () => {
  const check = (review: Review): void => {
    const problem = protectionProblem(review, {
      executorUsernames: [],
      canaries: () => undefined,
      noCrossNamespaceRefs: true,
    });
    expect(problem?.messages.every((line) => line.length < 400) ?? true).toBe(true);
  };
  fc.assert(fc.property(reviews, check), { numRuns: 3000 });
});
