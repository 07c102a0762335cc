import type { Canary } from '../../domain/canary.ts';
import type { KubeObject, ResourceType } from '../../domain/object.ts';
import type { DeliveryNames } from '../names.ts';

/** What a primary's scaler is made from, beside the target's. */
export interface ScalerContext {
  readonly canary: Canary;
  readonly names: DeliveryNames;
}

/** Between how many pods a scaler keeps its workload. */
export interface ScalerBounds {
  readonly min: number;
  readonly max: number;
}

/** One kind of autoscaler (`spec.autoscalerRef`). Pure: it reads and makes objects, callers write them. */
export interface Scaler {
  readonly kind: string;
  readonly resource: ResourceType;
  bounds(scaler: KubeObject): ScalerBounds;
  /** The scaler with another lower bound. */
  withMin(scaler: KubeObject, min: number): KubeObject;
  /** The `spec` of the primary's scaler, as the target's and the Canary's overrides say. */
  primarySpec(target: KubeObject, context: ScalerContext): Record<string, unknown>;
  /** Annotations of the target's scaler that the primary's new one gets. */
  inheritedAnnotations(target: KubeObject): Record<string, string>;
  /** Whether two specs mean the same, defaults aside. */
  sameSpec(live: unknown, wanted: unknown): boolean;
  /** Whether it leaves a target at zero alone; undefined where it does so by itself. */
  paused(target: KubeObject): boolean | undefined;
  /** JSON patch that makes it leave the target at zero; empty when it does. */
  pausePatch(target: KubeObject): readonly unknown[];
  /** JSON patch that lets it scale the target again; empty when it does. */
  resumePatch(target: KubeObject): readonly unknown[];
}
