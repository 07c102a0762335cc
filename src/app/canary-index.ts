import { configKey, configReferences, type ConfigKind } from '../delivery/config-references.ts';
import { DEFAULT_DELIVERY_CONFIG } from '../delivery/config.ts';
import { namesOf } from '../delivery/names.ts';
import { routerOptions } from '../delivery/observe-route.ts';
import { knownWorkload } from '../delivery/plugins.ts';
import { primaryScalerName } from '../delivery/primary-scaler.ts';
import { ROUTERS } from '../delivery/router/index.ts';
import type { RouteContext, Router } from '../delivery/router/types.ts';
import { SCALERS } from '../delivery/scaler/index.ts';
import type { Scaler } from '../delivery/scaler/types.ts';
import type { PodTemplate } from '../delivery/workload/types.ts';
import type { Canary } from '../domain/canary.ts';
import type { ObjectCache } from '../domain/client.ts';
import { keyOf, keyText, parseKeyText, type KubeObject } from '../domain/object.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun } from '../domain/run.ts';

/** Which Canaries a change of another object concerns. Keys are `namespace/name`. */
export interface CanaryIndex {
  /** Canaries whose target or primary this is; `kind` is its plural name and group. */
  ofWorkload(kind: string, key: string): readonly string[];
  /** Canaries whose apex, primary or canary Service this is. */
  ofService(key: string): readonly string[];
  /** Canaries whose router looks at this object; `kind` is its plural name and group. */
  ofRoute(kind: string, key: string): readonly string[];
  /** Canaries whose target's or primary's autoscaler this is; `kind` is its plural name and group. */
  ofScaler(kind: string, key: string): readonly string[];
  /** Canaries whose target's or primary's pods are configured with this ConfigMap or Secret. */
  ofConfig(kind: ConfigKind, key: string): readonly string[];
}

/**
 * Indexes the Canaries of a cache; rebuilt at the first question after one has changed.
 * @param workloads copies of targets and primaries, by plural name and group
 */
export function createCanaryIndex(
  canaries: ObjectCache<Canary>,
  workloads: ReadonlyMap<string, ObjectCache<KubeObject>>,
): CanaryIndex {
  let built: Maps | undefined;
  canaries.subscribe(() => {
    built = undefined;
  });
  const index = (): Maps => (built ??= build(canaries.list()));
  return {
    ofWorkload: (kind, key) => index().workloads.get(`${kind}/${key}`) ?? [],
    ofService: (key) => index().services.get(key) ?? [],
    ofRoute: (kind, key) => index().routes.get(`${kind}/${key}`) ?? [],
    ofScaler: (kind, key) => index().scalers.get(`${kind}/${key}`) ?? [],
    ofConfig: (kind, key) => {
      const { namespace = '', name } = parseKeyText(key);
      const config = configKey({ kind, name });
      const isConcerned = (canary: Canary): boolean =>
        templatesOf(canary, workloads).some((template) => configsOf(template).has(config));
      const found = (index().byNamespace.get(namespace) ?? []).filter(isConcerned);
      return found.map((canary) => keyText(keyOf(canary)));
    },
  };
}

/** Pod templates of a Canary's target and primary, as the copies have them. */
function templatesOf(
  canary: Canary,
  workloads: ReadonlyMap<string, ObjectCache<KubeObject>>,
): PodTemplate[] {
  const workload = knownWorkload(canary.spec.targetRef);
  if (workload?.capabilities.pods !== true) return [];
  const { plural, group } = workload.resource;
  const cache = workloads.get(`${plural}.${group}`);
  const { namespace, target, primary } = namesOf(canary);
  return [target, primary].flatMap((name) => {
    const found = cache?.get({ namespace, name });
    return found === undefined ? [] : [workload.template(found)];
  });
}

/** Keys of what a template is configured with; templates of a copy never change. */
function configsOf(template: PodTemplate): ReadonlySet<string> {
  const known = CONFIGS.get(template);
  if (known !== undefined) return known;
  const found = new Set(configReferences(template).map(configKey));
  CONFIGS.set(template, found);
  return found;
}

const CONFIGS = new WeakMap<PodTemplate, ReadonlySet<string>>();

type KeyMap = Map<string, string[]>;
interface Maps {
  readonly byNamespace: ReadonlyMap<string, readonly Canary[]>;
  readonly workloads: KeyMap;
  readonly services: KeyMap;
  readonly scalers: KeyMap;
  readonly routes: KeyMap;
}

function build(canaries: readonly Canary[]): Maps {
  const workloads: KeyMap = new Map();
  const services: KeyMap = new Map();
  const scalers: KeyMap = new Map();
  const routes: KeyMap = new Map();
  for (const canary of canaries) {
    const names = namesOf(canary);
    const key = keyText(keyOf(canary));
    const resource = knownWorkload(canary.spec.targetRef)?.resource;
    const kind = resource === undefined ? '' : `${resource.plural}.${resource.group}`;
    for (const name of [names.target, names.primary]) {
      addTo(workloads, `${kind}/${names.namespace}/${name}`, key);
    }
    for (const name of [names.apex, names.primaryService, names.canaryService]) {
      addTo(services, `${names.namespace}/${name}`, key);
    }
    for (const object of routeObjectsOf(canary)) addTo(routes, object, key);
    for (const object of scalersOf(canary)) addTo(scalers, object, key);
  }
  const byNamespace = Map.groupBy(canaries, ({ metadata }) => metadata.namespace ?? '');
  return { byNamespace, workloads, services, scalers, routes };
}

/** Objects of every router: a run goes on with the provider that it began with, whatever the spec says by now. */
function routeObjectsOf(canary: Canary): Set<string> {
  const context: RouteContext = {
    canary,
    names: namesOf(canary),
    strategy: 'canary',
    cookies: {},
    options: routerOptions(DEFAULT_DELIVERY_CONFIG),
  };
  const routers: readonly Router[] = ROUTERS;
  const objects = routers.flatMap((router) => router.objects(context));
  return new Set(objects.map(({ type, key }) => `${type.plural}.${type.group}/${keyText(key)}`));
}

function scalersOf(canary: Canary): string[] {
  const { autoscalerRef } = canary.spec;
  const all: readonly Scaler[] = SCALERS;
  const resource = all.find(({ kind }) => kind === autoscalerRef?.kind)?.resource;
  if (autoscalerRef === undefined || resource === undefined) return [];
  const { namespace } = namesOf(canary);
  return [autoscalerRef.name, primaryScalerName(autoscalerRef)].map(
    (name) => `${resource.plural}.${resource.group}/${namespace}/${name}`,
  );
}

function addTo(map: KeyMap, from: string, to: string): void {
  const keys = map.get(from);
  if (keys === undefined) map.set(from, [to]);
  else keys.push(to);
}

/** The Canary of a run, by the run's name `<subject>-<n>`: also of one that is gone. */
export function canaryOfRun(key: string): string {
  const { namespace, name } = parseKeyText(key);
  return keyText({
    ...(namespace === undefined ? {} : { namespace }),
    name: name.replace(/-\d+$/, ''),
  });
}

/** The Canaries that have a run under way: those that must ask their gate again when policies or windows change. */
export function canariesUnderWay(runs: readonly RolloutRun[]): ReadonlySet<string> {
  return new Set(
    runs
      .filter(
        ({ spec, status }) =>
          spec.subject.kind === 'Canary' && !TERMINAL_RUN_PHASES.has(status?.phase ?? 'Pending'),
      )
      .map((run) => `${run.metadata.namespace ?? ''}/${run.spec.subject.name}`),
  );
}
