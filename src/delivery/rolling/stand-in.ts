import type { Canary } from '../../domain/canary.ts';
import type { KubeObject } from '../../domain/object.ts';
import type { RollingSettings } from './settings.ts';

/**
 * The Canary that stands for a governed Deployment where metrics are asked: queries and MetricTemplates get the
 * Deployment as their target.
 */
export function standIn(deployment: KubeObject, settings: RollingSettings): Canary {
  const { name, namespace = 'default', uid } = deployment.metadata;
  const { metrics, metricsServer } = settings;
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name, namespace, ...(uid === undefined ? {} : { uid }) },
    spec: {
      targetRef: { apiVersion: deployment.apiVersion, kind: deployment.kind, name },
      ...(metricsServer === undefined ? {} : { metricsServer }),
      analysis: { metrics: [...metrics] },
    },
  };
}
