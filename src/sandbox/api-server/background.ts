import type { Timer } from '../../domain/clock.ts';
import { collect } from './garbage-collector.ts';
import { OwnerIndex } from './owner-index.ts';
import type { ServerContext } from './server-context.ts';
import type { StoreEvent } from './store.ts';
import { isTerminating, terminate } from './terminator.ts';

type Task = (attempt: number) => Promise<void>;

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;
const DEFINITIONS = 'apiextensions.k8s.io/customresourcedefinitions';

/**
 * The work that Kubernetes' controllers do behind the API server: garbage collection, emptying of namespaces and of
 * definitions. Tasks run one after another; one that fails is tried again later, for as long as the server is open.
 */
export class Background {
  readonly #context: ServerContext;
  readonly #index: OwnerIndex;
  readonly #tasks: { key: string; run: Task; attempt: number }[] = [];
  readonly #queued = new Set<string>();
  readonly #retries = new Set<Timer>();
  #running = false;

  constructor(context: ServerContext) {
    this.#context = context;
    this.#index = new OwnerIndex(context.store);
    context.store.subscribe(undefined, (event) => {
      this.#consider(event);
    });
    context.closed.addEventListener('abort', () => {
      for (const timer of this.#retries) timer.cancel();
    });
  }

  #consider({ type, storageKey, object }: StoreEvent): void {
    const { uid = '', name, namespace } = object.metadata;
    if (type === 'DELETED') {
      if (this.#index.dependentsOf(uid).length > 0) {
        this.#add(`gone ${uid}`, () => collect(this.#context, this.#index, { type: 'gone', uid }));
      }
      for (const owner of object.metadata.ownerReferences ?? []) this.#changed(owner.uid);
      this.#emptied(storageKey, namespace);
    } else if (concernsCollector(object)) this.#changed(uid);
    if (type !== 'DELETED' && isTerminating(storageKey, object)) this.#terminate(storageKey, name);
  }

  #changed(uid: string): void {
    this.#add(`changed ${uid}`, () =>
      collect(this.#context, this.#index, { type: 'changed', uid }),
    );
  }

  /** What was deleted may have been the last thing in a namespace, or of a definition, that is being deleted. */
  #emptied(storageKey: string, namespace: string | undefined): void {
    const { store } = this.#context;
    if (namespace !== undefined) {
      const holder = store.get('/namespaces', undefined, namespace);
      if (holder !== undefined && isTerminating('/namespaces', holder)) {
        this.#terminate('/namespaces', namespace);
      }
    }
    const [group = '', plural = ''] = storageKey.split('/');
    const definition = `${plural}.${group}`;
    const held = store.get(DEFINITIONS, undefined, definition);
    if (held !== undefined && isTerminating(DEFINITIONS, held)) {
      this.#terminate(DEFINITIONS, definition);
    }
  }

  #terminate(storageKey: string, name: string): void {
    this.#add(`terminate ${storageKey} ${name}`, () => terminate(this.#context, storageKey, name));
  }

  #add(key: string, run: Task, attempt = 0): void {
    if (this.#queued.has(key) || this.#context.closed.aborted) return;
    this.#queued.add(key);
    this.#tasks.push({ key, run, attempt });
    if (!this.#running) void this.#work();
  }

  async #work(): Promise<void> {
    this.#running = true;
    // After the write that caused it has been answered.
    await Promise.resolve();
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) {
      this.#queued.delete(task.key);
      if (this.#context.closed.aborted) break;
      await this.#try(task);
    }
    this.#running = false;
  }

  async #try({ key, run, attempt }: { key: string; run: Task; attempt: number }): Promise<void> {
    const { clock, logger } = this.#context;
    try {
      await run(attempt);
    } catch (error) {
      logger.warn({ err: error, attempt }, 'garbage collection refused, trying again');
      const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt);
      const timer = clock.setTimer(() => {
        this.#retries.delete(timer);
        this.#add(key, run, attempt + 1);
      }, delayMs);
      this.#retries.add(timer);
    }
  }
}

function concernsCollector(object: StoreEvent['object']): boolean {
  const { ownerReferences = [], deletionTimestamp } = object.metadata;
  return ownerReferences.length > 0 || deletionTimestamp !== undefined;
}
