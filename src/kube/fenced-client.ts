import type { ObjectClient } from '../domain/client.ts';
import { ClusterError } from '../domain/errors.ts';

/**
 * A client whose writes are refused from the moment on at which this process may not write any more. It is asked with
 * each write, by the process's own clock, because a process that was frozen goes on in the middle of its work before any
 * timer could tell it that its Lease has run out. Reads pass.
 * @param mayWrite e.g. whether this process leads
 */
export function fencedClient(client: ObjectClient, mayWrite: () => boolean): ObjectClient {
  const guarded = async <T>(write: () => Promise<T>): Promise<T> => {
    if (!mayWrite()) throw new ClusterError('Timeout', 'the lease ran out before this write');
    return write();
  };
  return {
    get: (...args) => client.get(...args),
    list: (...args) => client.list(...args),
    watch: (...args) => client.watch(...args),
    create: (...args) => guarded(() => client.create(...args)),
    replace: (...args) => guarded(() => client.replace(...args)),
    replaceStatus: (...args) => guarded(() => client.replaceStatus(...args)),
    patch: (...args) => guarded(() => client.patch(...args)),
    delete: (...args) => guarded(() => client.delete(...args)),
  };
}
