import { systemClock } from '../../../src/domain/clock.ts';
import { createApiServer, SANDBOX_ADMIN } from '../../../src/sandbox/api-server/api-server.ts';
import { ApiCaller } from './api-caller.ts';
import { apiServerContract } from './api-server-contract.ts';
import { answerReview, type ContractServer, type WebhookHandler } from './contract-server.ts';
import { configMap } from './objects.ts';

const HISTORY_LIMIT = 100;

function makeServer(): Promise<ContractServer> {
  const handlers = new Map<string, WebhookHandler>();
  const server = createApiServer({
    clock: systemClock,
    random: Math.random,
    historyLimit: HISTORY_LIMIT,
    callWebhook: ({ path }, body) => {
      const handler = handlers.get(path.split('?')[0] ?? '');
      if (handler === undefined) return Promise.reject(new Error('connection refused'));
      return Promise.resolve({ status: 200, body: answerReview(handler, body) });
    },
  });
  const transport = server.transport(SANDBOX_ADMIN);
  return Promise.resolve({
    transport,
    kind: 'sandbox',
    // Its revision was forgotten in the meantime.
    aged: (token) => token,
    startWebhook: (path, handler) => {
      handlers.set(path, handler);
      return Promise.resolve({
        clientConfig: { url: `https://127.0.0.1:9443${path}` },
        stop: () => {
          handlers.delete(path);
          return Promise.resolve();
        },
      });
    },
    forgetHistory: async () => {
      const api = new ApiCaller(transport);
      const path = '/api/v1/namespaces/default/configmaps';
      for (let count = 0; count < HISTORY_LIMIT * 2 + 10; count++) {
        await api.post(path, configMap(`noise-${count}`));
        await api.delete(`${path}/noise-${count}`);
      }
    },
    close: () => server.close(),
  });
}

apiServerContract('in-memory', makeServer);
