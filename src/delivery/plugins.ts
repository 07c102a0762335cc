import type { CanarySpec, HookType } from '../domain/canary.ts';
import { parseApiVersion, type ResourceType } from '../domain/object.ts';
import type { Strategy } from '../domain/run.ts';
import { HOOKS } from './hook/index.ts';
import type { HookKind } from './hook/types.ts';
import { METRIC_FAMILIES } from './metric-family/index.ts';
import type { MetricFamily } from './metric-family/types.ts';
import { METRIC_PROVIDERS } from './metric-provider/index.ts';
import type { MetricProvider } from './metric-provider/types.ts';
import { ProblemError } from './problem.ts';
import { ROUTERS } from './router/index.ts';
import type { Router } from './router/types.ts';
import { STRATEGIES } from './strategy/index.ts';
import type { RolloutStrategy } from './strategy/types.ts';
import { WORKLOADS } from './workload/index.ts';
import type { Workload } from './workload/types.ts';
import { SCALERS } from './scaler/index.ts';
import type { Scaler } from './scaler/types.ts';

/**
 * The router of a provider.
 * @throws ProblemError that lists the known providers
 */
export function routerOf(provider: string): Router {
  const found = ROUTERS.find(({ providers }) => providers.includes(provider));
  if (found !== undefined) return found;
  const known = ROUTERS.flatMap(({ providers }) => providers).join(', ');
  throw new ProblemError({
    reason: 'ProviderUnknown',
    message: `provider ${shown(provider)} is not known; known: ${known}`,
  });
}

/** Every kind of object that a router writes. */
export function watchedRoutes(): readonly ResourceType[] {
  const all: readonly Router[] = ROUTERS;
  const kinds = all.flatMap((router) => router.kinds);
  return [...new Map(kinds.map((type) => [`${type.plural}.${type.group}`, type])).values()];
}

/**
 * The kind of a target.
 * @throws ProblemError that lists the known kinds
 */
export function workloadOf(target: CanarySpec['targetRef']): Workload {
  const found = knownWorkload(target);
  if (found !== undefined) return found;
  const { kind, apiVersion } = target;
  const known = WORKLOADS.map((workload) => `${workload.kind} (${workload.resource.group})`);
  throw new ProblemError({
    reason: 'TargetKindUnknown',
    message: `target kind ${shown(`${kind} (${apiVersion})`)} is not supported; known: ${known.join(', ')}`,
  });
}

/** The kind of a target; undefined when it is not known. */
export function knownWorkload({ apiVersion, kind }: CanarySpec['targetRef']): Workload | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  const all: readonly Workload[] = WORKLOADS;
  return all.find(
    (workload) =>
      workload.kind === kind &&
      workload.groups.includes(group) &&
      (workload.version ?? version) === version,
  );
}

/** Every kind of a target. */
export function watchedWorkloads(): readonly ResourceType[] {
  const all: readonly Workload[] = WORKLOADS;
  return all.map(({ resource }) => resource);
}

/**
 * A kind of autoscaler.
 * @throws ProblemError that lists the known kinds
 */
export function scalerOf(kind: string): Scaler {
  const all: readonly Scaler[] = SCALERS;
  const found = all.find((scaler) => scaler.kind === kind);
  if (found !== undefined) return found;
  const known = all.map((scaler) => scaler.kind).join(', ');
  const message = `autoscaler kind ${shown(kind)} is not known; known: ${known}`;
  throw new ProblemError({ reason: 'ScalerKindUnknown', message });
}

/** Every kind of autoscaler. */
export function watchedScalers(): readonly ResourceType[] {
  const all: readonly Scaler[] = SCALERS;
  return all.map(({ resource }) => resource);
}

/** How a run of this strategy goes on; undefined for those that Canaries do not have. */
export function strategyOf(name: Strategy): RolloutStrategy | undefined {
  return STRATEGIES.find(({ strategy }) => strategy === name);
}

/** The builtin queries that a router or workload names. */
export function metricFamilyOf(name: string): MetricFamily {
  const all: readonly MetricFamily[] = METRIC_FAMILIES;
  const found = all.find((family) => family.name === name);
  // Only our own code names families.
  if (found === undefined) throw new TypeError(`no metric family ${name}`);
  return found;
}

/**
 * The client of a metric server.
 * @throws ProblemError that lists the known types
 */
export function metricProviderOf(type: string): MetricProvider {
  const found = METRIC_PROVIDERS.find((provider) => provider.type === type);
  if (found !== undefined) return found;
  const known = METRIC_PROVIDERS.map((provider) => provider.type).join(', ');
  throw new ProblemError({
    reason: 'MetricProviderUnknown',
    message: `metric provider ${shown(type)} is not known; known: ${known}`,
  });
}

/** What a type of hook means. */
export function hookKindOf(type: HookType): HookKind {
  const found: HookKind | undefined = HOOKS.find((hook) => hook.type === type);
  // The index is generated from one file for each type.
  if (found === undefined) throw new TypeError(`no hook kind ${type}`);
  return found;
}

function shown(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}
