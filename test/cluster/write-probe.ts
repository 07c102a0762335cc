import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from './api.ts';

const PERIOD_MS = 100;

/** Changes the pod template of one Deployment again and again: what a team's writes meet while something happens. */
export class WriteProbe {
  readonly #api: Api;
  readonly #path: string;
  readonly #stop = new AbortController();
  readonly #refusals: { at: number; message: string }[] = [];
  #writes = 0;
  readonly #running: Promise<void>;

  constructor(api: Api, path: string) {
    this.#api = api;
    this.#path = path;
    this.#running = this.#run();
  }

  /** Ends it. @returns how many writes there were, and those that were refused */
  async stop(): Promise<{ writes: number; refused: number; spanMs: number; messages: string[] }> {
    this.#stop.abort();
    await this.#running;
    const first = this.#refusals[0]?.at ?? 0;
    const last = this.#refusals.at(-1)?.at ?? 0;
    return {
      writes: this.#writes,
      refused: this.#refusals.length,
      spanMs: Math.round(last - first),
      messages: [...new Set(this.#refusals.map(({ message }) => message))],
    };
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#writes += 1;
      const annotations = { 'ship/written': String(this.#writes) };
      try {
        await this.#api.merge(this.#path, { spec: { template: { metadata: { annotations } } } });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#refusals.push({ at: performance.now(), message: message.slice(0, 200) });
      }
      await delay(PERIOD_MS);
    }
  }
}
