import { primaryScalerOf } from '../../../src/delivery/primary-scaler.ts';
import { namesOf } from '../../../src/delivery/names.ts';
import type { Scaler, ScalerContext } from '../../../src/delivery/scaler/types.ts';
import type { CanarySpec } from '../../../src/domain/canary.ts';
import { apiVersionOf, type KubeObject } from '../../../src/domain/object.ts';
import { canaryOf } from '../../support/plan-fixture.ts';

/** What an autoscaler needs to be tried out. */
export interface ScalerFixture {
  /** A `spec` that makes it scale between two and nine pods, with fields that only its users understand. */
  readonly spec: Readonly<Record<string, unknown>> & { readonly scaleTargetRef: object };
  /** Fields of it that the primary's has unchanged. */
  readonly kept: readonly string[];
}

export type Reference = NonNullable<CanarySpec['autoscalerRef']>;

export interface MadeScaler extends KubeObject {
  spec: Record<string, unknown> & { scaleTargetRef: Record<string, unknown> };
}

/** What no primary's autoscaler may repeat. */
const APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The target's autoscaler. */
export function targetOf(
  scaler: Scaler,
  { spec }: ScalerFixture,
  more: Record<string, unknown> = {},
): KubeObject {
  const object = {
    apiVersion: apiVersionOf(scaler.resource),
    kind: scaler.kind,
    metadata: {
      name: 'load',
      namespace: 'shop',
      uid: 'uid',
      resourceVersion: '4',
      labels: { team: 'a', 'kustomize.toolkit.fluxcd.io/name': 'x' },
      annotations: { [APPLIED]: '{"token":"contract-secret"}' },
    },
    spec: { ...spec, ...more },
  };
  return object;
}

/** The Canary that names it. */
export function contextOf(scaler: Scaler, more: Partial<Reference> = {}): ScalerContext {
  const reference = { apiVersion: apiVersionOf(scaler.resource), kind: scaler.kind, name: 'load' };
  const canary = canaryOf({ autoscalerRef: { ...reference, ...more } });
  return { canary, names: namesOf(canary) };
}

export interface Making {
  readonly more?: Partial<Reference>;
  readonly live?: KubeObject;
  readonly floor?: number;
}

/** The primary's autoscaler. */
export function madeBy(
  scaler: Scaler,
  fixture: ScalerFixture,
  { more = {}, live, floor }: Making = {},
): MadeScaler {
  const scalers = { target: targetOf(scaler, fixture), live };
  return primaryScalerOf(scaler, scalers, contextOf(scaler, more), floor) as MadeScaler;
}
