import { DEFAULT_DELIVERY_CONFIG } from '../delivery/config.ts';
import { namesOf } from '../delivery/names.ts';
import { routerOptions } from '../delivery/observe-route.ts';
import { ROUTERS } from '../delivery/router/index.ts';
import type { RouteContext, Router } from '../delivery/router/types.ts';
import type { Canary } from '../domain/canary.ts';
import type { ObjectCache } from '../domain/client.ts';
import { keyOf, keyText, parseKeyText } from '../domain/object.ts';
import { TERMINAL_RUN_PHASES, type RolloutRun } from '../domain/run.ts';

/** Which Canaries a change of another object concerns. Keys are `namespace/name`. */
export interface CanaryIndex {
  /** Canaries whose target or primary is this Deployment. */
  ofDeployment(key: string): readonly string[];
  /** Canaries whose apex, primary or canary Service this is. */
  ofService(key: string): readonly string[];
  /** Canaries whose router looks at this object; `kind` is its plural name and group. */
  ofRoute(kind: string, key: string): readonly string[];
}

/** Indexes the Canaries of a cache; rebuilt at the first question after one has changed. */
export function createCanaryIndex(canaries: ObjectCache<Canary>): CanaryIndex {
  let built: Maps | undefined;
  canaries.subscribe(() => {
    built = undefined;
  });
  const index = (): Maps => (built ??= build(canaries.list()));
  return {
    ofDeployment: (key) => index().deployments.get(key) ?? [],
    ofService: (key) => index().services.get(key) ?? [],
    ofRoute: (kind, key) => index().routes.get(`${kind}/${key}`) ?? [],
  };
}

type KeyMap = Map<string, string[]>;
interface Maps {
  readonly deployments: KeyMap;
  readonly services: KeyMap;
  readonly routes: KeyMap;
}

function build(canaries: readonly Canary[]): Maps {
  const deployments: KeyMap = new Map();
  const services: KeyMap = new Map();
  const routes: KeyMap = new Map();
  for (const canary of canaries) {
    const names = namesOf(canary);
    const key = keyText(keyOf(canary));
    for (const name of [names.target, names.primary]) {
      addTo(deployments, `${names.namespace}/${name}`, key);
    }
    for (const name of [names.apex, names.primaryService, names.canaryService]) {
      addTo(services, `${names.namespace}/${name}`, key);
    }
    for (const object of routeObjectsOf(canary)) addTo(routes, object, key);
  }
  return { deployments, services, routes };
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
