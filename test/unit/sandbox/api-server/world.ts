import { VirtualClock } from '../../../../src/domain/virtual-clock.ts';
import {
  createApiServer,
  SANDBOX_ADMIN,
  type ApiServerOptions,
  type SandboxApiServer,
} from '../../../../src/sandbox/api-server/api-server.ts';
import { seededRandom } from '../../../../src/sandbox/story/seeded-random.ts';
import { ApiCaller } from '../../../contract/api-server/api-caller.ts';

/** An API server on a virtual clock, and a client of it. */
export interface World {
  readonly clock: VirtualClock;
  readonly server: SandboxApiServer;
  readonly api: ApiCaller;
}

export function makeWorld(options: Partial<ApiServerOptions> = {}): World {
  const clock = new VirtualClock();
  const server = createApiServer({
    clock,
    random: seededRandom('api-server'),
    callWebhook: () => Promise.reject(new Error('connection refused')),
    ...options,
  });
  return { clock, server, api: new ApiCaller(server.transport(SANDBOX_ADMIN)) };
}
