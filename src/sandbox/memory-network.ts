import { SluiceError } from '../domain/errors.ts';
import type {
  NetworkAnswer,
  NetworkHandler,
  NetworkListener,
  NetworkRequest,
  SandboxNetwork,
} from './network.ts';

/**
 * A network of direct calls: each listener gets an address of its own in 10.244.0.0/16 and exactly the port it asked
 * for. No socket is opened, so it works under a virtual clock.
 */
export function createMemoryNetwork(): SandboxNetwork {
  const handlers = new Map<string, NetworkHandler>();
  let count = 0;
  return {
    listen: (handler, { port }) => {
      count += 1;
      const host = `10.244.${(count >> 8) & 255}.${count & 255}`;
      const address = `${host}:${port}`;
      handlers.set(address, handler);
      const listener: NetworkListener = {
        host,
        port,
        close: () => {
          handlers.delete(address);
          return Promise.resolve();
        },
      };
      return Promise.resolve(listener);
    },
    request: async (address, request) => {
      const handler = handlers.get(address);
      if (handler === undefined) {
        throw new SluiceError('SLUICE_PROVIDER', `nobody listens on ${address}`, {
          retryable: true,
        });
      }
      return answered(handler, request);
    },
    close: () => {
      handlers.clear();
      return Promise.resolve();
    },
  };
}

async function answered(handler: NetworkHandler, request: NetworkRequest): Promise<NetworkAnswer> {
  try {
    return await handler(request);
  } catch {
    return { status: 500, headers: {}, body: '' };
  }
}
