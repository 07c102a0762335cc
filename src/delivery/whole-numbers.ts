import type { CanarySpec } from '../domain/canary.ts';

/**
 * Numbers of a Canary's spec that must be whole although its schema admits fractions. Flagger cannot read one that is
 * not, nor any list that contains it; here it is a condition of that Canary alone.
 * @returns the path and value of the first that is not whole; undefined when all are
 */
export function fractionIn(spec: CanarySpec): { path: string; value: number } | undefined {
  if (!FRACTIONS.has(spec)) FRACTIONS.set(spec, firstFraction(spec));
  return FRACTIONS.get(spec);
}

/** A spec that was read does not change, and is asked about many times in one tick. */
const FRACTIONS = new WeakMap<CanarySpec, { path: string; value: number } | undefined>();

function firstFraction({
  analysis = {},
  service,
  ...spec
}: CanarySpec): { path: string; value: number } | undefined {
  const weights = analysis.stepWeights ?? [];
  const numbers: [string, unknown][] = [
    ['spec.progressDeadlineSeconds', spec.progressDeadlineSeconds],
    ['spec.service.port', service?.port],
    ['spec.service.targetPort', service?.targetPort],
    ...ANALYSIS_NUMBERS.map((name): [string, unknown] => [`spec.analysis.${name}`, analysis[name]]),
    ...weights.map((weight, i): [string, unknown] => [`spec.analysis.stepWeights[${i}]`, weight]),
    ['spec.analysis.sessionAffinity.maxAge', analysis.sessionAffinity?.['maxAge']],
    ...(analysis.webhooks ?? []).map(({ retries }, i): [string, unknown] => [
      `spec.analysis.webhooks[${i}].retries`,
      retries,
    ]),
  ];
  for (const [path, value] of numbers) {
    if (typeof value === 'number' && !Number.isInteger(value)) return { path, value };
  }
  return undefined;
}

const ANALYSIS_NUMBERS = [
  'iterations',
  'threshold',
  'maxWeight',
  'stepWeight',
  'stepWeightPromotion',
  'mirrorWeight',
  'primaryReadyThreshold',
  'canaryReadyThreshold',
] as const;
