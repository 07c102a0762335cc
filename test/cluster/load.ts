import { Agent, get } from 'node:http';

/** One answered (or unanswered) request. `pod` is '' when nobody answered. */
export interface Answer {
  /** Milliseconds of performance.now() when it was sent. */
  readonly sentAt: number;
  readonly pod: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
}

export interface LoadOptions {
  /** Beside the host. */
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 5000;

/** Steady requests to one host of the gateway; every answer is kept with the pod that gave it. */
export class Load {
  readonly answers: Answer[] = [];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #timer: NodeJS.Timeout;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param rate requests a second */
  constructor(url: string, host: string, rate: number, { headers = {} }: LoadOptions = {}) {
    this.#url = url;
    this.#headers = { ...headers, host };
    // Timers have millisecond resolution and lag under load: each tick sends what is due by now.
    const started = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - started) * rate) / 1000);
      for (; sent < due; sent++) this.#send();
    }, 5);
  }

  /** Answers to requests sent in [from, to). */
  between(from: number, to: number): Answer[] {
    return this.answers.filter(({ sentAt }) => sentAt >= from && sentAt < to);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#agent.destroy();
  }

  #send(): void {
    const sentAt = performance.now();
    const done = (pod: string, status: number): void => {
      this.answers.push({ sentAt, pod, status });
    };
    const options = { agent: this.#agent, headers: this.#headers, timeout: TIMEOUT_MS };
    const request = get(this.#url, options, (response) => {
      response.resume();
      response.on('end', () => {
        done(String(response.headers['x-pod'] ?? ''), response.statusCode ?? 0);
      });
      response.on('error', () => {
        done('', 0);
      });
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', () => {
      done('', 0);
    });
  }
}
