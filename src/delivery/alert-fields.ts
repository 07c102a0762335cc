import type { Canary, CanaryAnalysis } from '../domain/canary.ts';
import type { AlertField } from './notifier/types.ts';

const DEFAULT_DEADLINE_SECONDS = 600;

/**
 * The named values below an alert, in Flagger's words.
 * @param clusterName '' when alerts do not say the cluster
 * @param aboutTarget whether they also say what is rolled out, and how
 */
export function alertFields(
  canary: Canary,
  clusterName: string,
  aboutTarget: boolean,
): readonly AlertField[] {
  const cluster = clusterName === '' ? [] : [{ name: 'Cluster', value: clusterName }];
  return aboutTarget ? [...cluster, ...targetFields(canary)] : cluster;
}

function targetFields({ spec, metadata }: Canary): AlertField[] {
  const { kind, name } = spec.targetRef;
  const { threshold = 0, ...analysis } = spec.analysis ?? {};
  const deadline = spec.progressDeadlineSeconds ?? DEFAULT_DEADLINE_SECONDS;
  const routing = routingOf(analysis);
  return [
    { name: 'Target', value: `${kind}/${name}.${metadata.namespace ?? 'default'}` },
    { name: 'Failed checks threshold', value: String(threshold > 0 ? threshold : 1) },
    { name: 'Progress deadline', value: `${deadline}s` },
    ...(routing === undefined ? [] : [{ name: 'Traffic routing', value: routing }]),
  ];
}

function routingOf(analysis: CanaryAnalysis): string | undefined {
  const { iterations = 0, match = [], stepWeight = 0, stepWeights = [], maxWeight = 0 } = analysis;
  if (iterations > 0) return match.length > 0 ? 'A/B Testing' : 'Blue/Green';
  if (stepWeight > 0) return `Weight step: ${stepWeight} max: ${maxWeight}`;
  if (stepWeights.length === 0) return undefined;
  return `Weight steps: ${stepWeights.join(',')} max: ${maxWeight}`;
}
