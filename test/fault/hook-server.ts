import { createServer, type Server } from 'node:http';
import { ADDRESSES } from '../cluster/network.ts';

const PORT = 9093;
export const HOOKS_URL = `http://${ADDRESSES.hooks}:${PORT}`;

export interface HookCall {
  readonly type: string;
  readonly id: string;
  /** Milliseconds of performance.now(). */
  readonly at: number;
}

/** Answers every hook with success, and keeps who called with which id. The path is the hook's type. */
export class HookServer {
  readonly calls: HookCall[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const id = String(request.headers['sluice-hook-id'] ?? '');
      this.calls.push({ type: (request.url ?? '/').slice(1), id, at: performance.now() });
      request.resume();
      response.writeHead(200).end();
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(PORT, ADDRESSES.hooks, resolve));
  }

  /** Distinct ids of one type among the calls in [from, to]. */
  idsOf(type: string, from: number, to: number): string[] {
    const calls = this.calls.filter(
      (call) => call.type === type && call.at >= from && call.at <= to,
    );
    return [...new Set(calls.map(({ id }) => id))];
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
