import type { ObjectClient } from '../domain/client.ts';
import { sleep, type Clock } from '../domain/clock.ts';
import type { Logger } from '../domain/logger.ts';
import type { KubeObject, ResourceType } from '../domain/object.ts';
import { createReflector, type Reflector } from '../kube/reflector.ts';
import type { Health } from '../telemetry/health.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { cacheProblem } from './cache-problem.ts';

export interface CachesOptions {
  readonly client: ObjectClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
  /** Milliseconds beyond which a copy makes the process unready. */
  readonly freshnessBound: number;
}

interface WatchScope<T extends KubeObject> {
  /** Only this namespace; all when absent. */
  readonly namespace?: string;
  /** May be absent from the cluster: nobody waits for its copy, and readiness does not need it. */
  readonly optional?: boolean;
  /** Only objects with these labels. */
  readonly labelSelector?: string;
  /** Only objects with these fields. */
  readonly fieldSelector?: string;
  /** Names a copy of its own, beside the one that others share. */
  readonly copy?: string;
  /** Makes what is kept of each object. */
  readonly transform?: (object: T) => T;
}

/** The copies of watched resources that the parts of a process share. */
export interface Caches {
  /** The copy of a resource; the first call starts its watch, later ones get the same. */
  watch<T extends KubeObject>(type: ResourceType, scope?: WatchScope<T>): Reflector<T>;
  /** Resolves when every copy has been listed once; rejects with the signal's reason. */
  whenSynced(signal: AbortSignal): Promise<void>;
  /** Until every copy has been listed once, logs from time to time which are missing and why. Never rejects. */
  announce(signal: AbortSignal): Promise<void>;
  /** Ends every watch. */
  close(): Promise<void>;
}

const LOOK_EVERY_MS = 1000;

/** No watch is open yet. Each one reports to readiness, metrics and log. */
export function createCaches(options: CachesOptions): Caches {
  const ended = new AbortController();
  const reflectors = new Map<string, Reflector<KubeObject>>();
  const optionals = new Set<object>();
  const needed = (): Reflector<KubeObject>[] =>
    [...reflectors.values()].filter((each) => !optionals.has(each));
  const runs: Promise<void>[] = [];
  return {
    watch: <T extends KubeObject>(type: ResourceType, scope: WatchScope<T> = {}): Reflector<T> => {
      const { optional = false, copy, ...limits } = scope;
      const name = copy === undefined ? type.plural : `${type.plural}/${copy}`;
      const key = `${name}.${type.group}`;
      const known = reflectors.get(key);
      // A resource has one type, so the copy under its key holds that type.
      if (known !== undefined) return known as unknown as Reflector<T>;
      const logger = optional ? quietAboutMissing(options.logger) : options.logger;
      const reflector = createReflector<T>({ ...options, logger, type, ...limits });
      reflectors.set(key, reflector);
      options.metrics.onScrape(() => {
        measure(options.metrics, name, reflector);
      });
      if (optional) optionals.add(reflector);
      else options.health.require(`watch/${name}`, () => problemOf(reflector, options));
      runs.push(reflector.run(ended.signal));
      return reflector;
    },
    whenSynced: async (signal) => {
      await Promise.all(needed().map((each) => each.whenSynced(signal)));
    },
    announce: (signal) => announce(needed, options, signal),
    close: async () => {
      ended.abort();
      await Promise.all(runs);
    },
  };
}

function problemOf(
  reflector: Reflector<KubeObject>,
  { freshnessBound }: CachesOptions,
): string | undefined {
  if (!reflector.synced) return cacheProblem(reflector.type, reflector.problem);
  const ageMs = reflector.ageMs();
  if (ageMs <= freshnessBound) return undefined;
  const why = reflector.problem === undefined ? '' : ` (${reflector.problem})`;
  return `last known to be current ${Math.round(ageMs / 1000)} s ago${why}`;
}

/** Says each missing copy when its reason is new: it may be for a person to put right. */
async function announce(
  reflectors: () => readonly Reflector<KubeObject>[],
  { clock, logger }: CachesOptions,
  signal: AbortSignal,
): Promise<void> {
  const told = new Map<string, string>();
  const isMissing = (): boolean => reflectors().some(({ synced }) => !synced);
  while (!signal.aborted && isMissing()) {
    for (const { type, synced, problem } of reflectors()) {
      if (synced || problem === undefined) continue;
      const reason = cacheProblem(type, problem);
      if (told.get(type.plural) !== reason)
        logger.error({ reason }, 'a resource cannot be watched');
      told.set(type.plural, reason);
    }
    await sleep(clock, LOOK_EVERY_MS, signal).catch(() => undefined);
  }
}

/** A resource that the cluster does not have is no news. */
function quietAboutMissing(logger: Logger): Logger {
  return {
    debug: (fields, message) => {
      logger.debug(fields, message);
    },
    info: (fields, message) => {
      logger.info(fields, message);
    },
    error: (fields, message) => {
      logger.error(fields, message);
    },
    warn: (fields, message) => {
      if (fields['reason'] === 'NotFound') logger.debug(fields, message);
      else logger.warn(fields, message);
    },
    child: (fields) => quietAboutMissing(logger.child(fields)),
  };
}

function measure(metrics: Metrics, resource: string, reflector: Reflector<KubeObject>): void {
  const labels = { resource };
  if (!reflector.synced) return;
  metrics.set('sluice_cache_age_seconds', labels, reflector.ageMs() / 1000);
  metrics.set('sluice_cache_objects', labels, reflector.list().length);
}
