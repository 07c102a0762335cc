import type { ObjectClient } from '../../src/domain/client.ts';
import { ClusterError } from '../../src/domain/errors.ts';

/**
 * A client that dies after its n-th write: the write is done, its answer is lost, and nothing gets through any more.
 */
export class FaultyClient implements ObjectClient {
  /** Writes done. */
  count = 0;
  dead = false;
  readonly get: ObjectClient['get'];
  readonly list: ObjectClient['list'];
  readonly watch: ObjectClient['watch'];
  readonly create: ObjectClient['create'];
  readonly replace: ObjectClient['replace'];
  readonly replaceStatus: ObjectClient['replaceStatus'];
  readonly patch: ObjectClient['patch'];
  readonly delete: ObjectClient['delete'];
  readonly #dieAfter: number;

  /** @param dieAfter number of the last write; Infinity: never dies */
  constructor(inner: ObjectClient, dieAfter = Infinity) {
    this.#dieAfter = dieAfter;
    this.get = (...args) => this.#read(() => inner.get(...args));
    this.list = (...args) => this.#read(() => inner.list(...args));
    this.watch = (...args) => inner.watch(...args);
    this.create = (...args) => this.#write(() => inner.create(...args));
    this.replace = (...args) => this.#write(() => inner.replace(...args));
    this.replaceStatus = (...args) => this.#write(() => inner.replaceStatus(...args));
    this.patch = (...args) => this.#write(() => inner.patch(...args));
    this.delete = (...args) => this.#write(() => inner.delete(...args));
  }

  #read<T>(work: () => Promise<T>): Promise<T> {
    return this.dead ? Promise.reject(gone()) : work();
  }

  async #write<T>(work: () => Promise<T>): Promise<T> {
    if (this.dead) throw gone();
    const result = await work();
    this.count += 1;
    if (this.count < this.#dieAfter) return result;
    this.dead = true;
    throw gone();
  }
}

function gone(): ClusterError {
  return new ClusterError('Unreachable', 'the process is dead');
}
