import type { Clock } from '../domain/clock.ts';
import { ClusterError } from '../domain/errors.ts';
import {
  type KindSchemas,
  type SchemaSource,
  type WantedResource,
} from '../domain/kind-schemas/kind-schemas.ts';
import { kindKey, readOpenApi, type OpenApiKinds } from '../domain/kind-schemas/read-open-api.ts';
import type { Logger } from '../domain/logger.ts';
import type { Transport } from '../domain/transport.ts';
import { linkDeadline } from '../lib/abort.ts';
import { readText } from './body.ts';
import { errorFromAnswer } from './status-error.ts';

/** What the schemas of a cluster are read with; times are milliseconds. */
export interface ClusterSchemasOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Answers for kinds that the cluster has not told of yet. */
  readonly fallback: KindSchemas;
  /** How often it is asked whether a schema changed. Default 15,000. */
  readonly intervalMs?: number;
  /** How long one answer may take. Default 10,000. */
  readonly timeoutMs?: number;
}

/** The schemas of a cluster's kinds, as far as they are wanted. */
export interface ClusterSchemas extends SchemaSource {
  /** Sets which kinds are needed; they are read soon. Nothing is asked of the cluster while none is. */
  want(resources: readonly WantedResource[]): void;
  /** Keeps the schemas up to date until the signal aborts. Never rejects: what cannot be read is tried again. */
  run(signal: AbortSignal): Promise<void>;
}

const INDEX = '/openapi/v3';
const DEFAULTS = { intervalMs: 15_000, timeoutMs: 10_000 };
/** The core group's document of a large cluster has about 2 MB. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Reads `/openapi/v3`: the index says by a hash which documents changed, and only those of wanted kinds are read. */
export function createClusterSchemas(options: ClusterSchemasOptions): ClusterSchemas {
  return new Schemas({ ...DEFAULTS, ...options });
}

interface Document extends OpenApiKinds {
  /** Where it was read, with its hash. */
  readonly url: string;
  /** Which of its resources were kept. */
  readonly resources: OpenApiKinds['resources'];
  readonly wanted: string;
}

class Schemas implements ClusterSchemas {
  readonly #options: Required<ClusterSchemasOptions>;
  readonly #listeners = new Set<() => void>();
  #documents: ReadonlyMap<string, Document> = new Map();
  #wanted: readonly WantedResource[] = [];
  #current: KindSchemas;
  #wake: (() => void) | undefined;
  #failed = false;

  constructor(options: Required<ClusterSchemasOptions>) {
    this.#options = options;
    this.#current = options.fallback;
  }

  current(): KindSchemas {
    return this.#current;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  want(resources: readonly WantedResource[]): void {
    const before = new Set(this.#wanted.map(textOf));
    this.#wanted = resources;
    const isSame =
      before.size === new Set(resources.map(textOf)).size &&
      resources.every((resource) => before.has(textOf(resource)));
    if (!isSame) this.#wake?.();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#wanted.length > 0) await this.#refresh(signal);
      await this.#pause(signal);
    }
  }

  /** Until the interval is over, what is wanted changes, or the signal aborts; for ever while nothing is wanted. */
  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    await new Promise<void>((resolve) => {
      const timer = this.#wanted.length > 0 ? clock.setTimer(resolve, intervalMs) : undefined;
      const end = (): void => {
        timer?.cancel();
        resolve();
      };
      this.#wake = end;
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
    this.#wake = undefined;
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    try {
      const documents = await this.#read(signal);
      this.#failed = false;
      if (isSame(documents, this.#documents)) return;
      this.#documents = documents;
      this.#current = schemasOf(documents, this.#options.fallback);
      for (const listener of this.#listeners) listener();
    } catch (error) {
      if (signal.aborted) return;
      // Once is enough: it is tried again and again.
      if (!this.#failed) logger.warn({ error }, 'cannot read the schemas of kinds');
      this.#failed = true;
    }
  }

  async #read(signal: AbortSignal): Promise<ReadonlyMap<string, Document>> {
    const wanted = this.#wanted;
    const { paths } = (await this.#get(INDEX, signal)) as {
      paths?: Readonly<Record<string, Entry>>;
    };
    const found = new Map<string, Document>();
    for (const [path, { serverRelativeURL: url = '' }] of Object.entries(paths ?? {})) {
      const resources = wantedOf(path, wanted);
      if (resources.length === 0 || url === '') continue;
      const key = resources.join(' ');
      const before = this.#documents.get(path);
      if (before?.url === url && before.wanted === key) {
        found.set(path, before);
        continue;
      }
      const isWanted = (plural: string): boolean =>
        resources.includes('*') || resources.includes(plural);
      found.set(path, {
        ...readOpenApi(await this.#get(url, signal), isWanted),
        url,
        wanted: key,
      });
    }
    return found;
  }

  async #get(path: string, signal: AbortSignal): Promise<unknown> {
    const { clock, timeoutMs, transport } = this.#options;
    const operation = 'get openapi';
    const link = linkDeadline(
      clock,
      timeoutMs,
      () => new ClusterError('Timeout', `${operation}: no answer in time`),
      signal,
    );
    try {
      const { status, headers, body } = await transport({
        method: 'GET',
        path,
        headers: { accept: 'application/json' },
        signal: link.signal,
      });
      const text = await readText(body, MAX_BYTES);
      if (status !== 200) throw errorFromAnswer({ operation, status, headers, text });
      return parsed(text, operation);
    } finally {
      link.release();
    }
  }
}

interface Entry {
  readonly serverRelativeURL?: string;
}

function parsed(text: string, operation: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ClusterError('ServerError', `${operation}: the answer is not JSON`);
  }
}

function textOf({ group, version, resource }: WantedResource): string {
  return `${group}/${version}/${resource}`;
}

/** The wanted resources that a document of the index is about; `apis/apps/v1`, `api/v1`. */
function wantedOf(path: string, wanted: readonly WantedResource[]): readonly string[] {
  const [, group = '', version] = /^(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path) ?? [];
  if (version === undefined) return [];
  const names = wanted
    .filter((each) => each.group === group && ['*', version].includes(each.version))
    .map(({ resource }) => resource);
  return [...new Set(names)].sort();
}

function isSame(a: ReadonlyMap<string, Document>, b: ReadonlyMap<string, Document>): boolean {
  return a.size === b.size && [...a].every(([path, document]) => b.get(path) === document);
}

/** What the documents say, and where they say nothing, what is known without them. */
function schemasOf(documents: ReadonlyMap<string, Document>, fallback: KindSchemas): KindSchemas {
  const all = [...documents.values()];
  return {
    digest: all.map(({ url }) => url).join(' '),
    schemaOf: (kind) => {
      const key = kindKey(kind);
      for (const { schemas } of all) {
        const schema = schemas.get(key);
        if (schema !== undefined) return schema;
      }
      return fallback.schemaOf(kind);
    },
    kindsOf: (resource) => {
      const kinds = all
        .flatMap(({ resources }) => resources.get(resource.resource) ?? [])
        .filter(({ version }) => version === resource.version)
        .filter(({ group }) => resource.group === '' || group === resource.group);
      if (kinds.length > 0 && resource.group !== '') return kinds;
      // As in Kubernetes, the core group stands for every group here; not all of them have been read.
      const known = new Set(kinds.map(kindKey));
      return [...kinds, ...fallback.kindsOf(resource).filter((kind) => !known.has(kindKey(kind)))];
    },
  };
}
