/**
 * The client: a few keep-alive connections, each with one request under way. It writes HTTP by hand, because node:https
 * would need more of its core than the server of its own. Talks by IPC.
 */
import { connect, type TLSSocket } from 'node:tls';
import { benchReviews, type BenchReview } from './webhook-fixture.ts';

export interface LoadOrder {
  readonly port: number;
  readonly ca: string;
  readonly connections: number;
  readonly reviews: number;
  readonly requests: number;
}

export interface LoadResult {
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly denied: number;
}

interface Prepared extends BenchReview {
  readonly request: Buffer;
  /** The answer that was judged; later ones must be the same text. */
  accepted: string;
}

let prepared: Prepared[] = [];
const sockets: TLSSocket[] = [];

process.on('message', (order: LoadOrder) => {
  void run(order).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => {
  process.exit(0);
});

async function run(order: LoadOrder): Promise<LoadResult> {
  if (prepared.length !== order.reviews) prepared = benchReviews(order.reviews).map(prepare);
  while (sockets.length < order.connections) sockets.push(await open(order));
  const latencies = new Float64Array(order.requests);
  let next = 0;
  let denied = 0;
  const started = performance.now();
  await Promise.all(
    sockets.slice(0, order.connections).map(async (socket) => {
      const client = new Client(socket);
      for (let turn = next++; turn < order.requests; turn = next++) {
        const review = prepared[turn % prepared.length];
        if (review === undefined) throw new Error('no reviews');
        const sent = performance.now();
        const answer = await client.ask(review.request);
        latencies[turn] = performance.now() - sent;
        judge(review, answer);
        if (!review.allowed) denied += 1;
      }
      client.release();
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  latencies.sort();
  const quantile = (q: number): number =>
    latencies[Math.min(order.requests - 1, Math.floor(order.requests * q))] ?? 0;
  return { seconds, p50: quantile(0.5), p99: quantile(0.99), max: quantile(1), denied };
}

function prepare(review: BenchReview): Prepared {
  const head = [
    'POST /validate/fail?timeout=3s HTTP/1.1',
    'host: sluice-webhook.sluice-system.svc',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(review.body)}`,
    '',
    '',
  ].join('\r\n');
  return { ...review, request: Buffer.from(head + review.body), accepted: '' };
}

/** Reads the first answer to a review, and compares every later one with it. */
function judge(review: Prepared, answer: string): void {
  if (answer === review.accepted) return;
  if (review.accepted !== '') throw new Error(`another answer to ${review.uid}`);
  const { response } = JSON.parse(answer) as {
    response: { uid: string; allowed: boolean; status?: { message: string } };
  };
  const message = response.status?.message ?? '';
  const isRight =
    response.uid === review.uid &&
    response.allowed === review.allowed &&
    review.violations.every((text) => message.includes(text));
  if (!isRight) throw new Error(`a wrong answer: ${answer}`);
  review.accepted = answer;
}

function open({ port, ca }: LoadOrder): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost' });
    socket.setNoDelay(true);
    socket.once('secureConnect', () => {
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** One connection; one answer at a time, framed by its content length. */
class Client {
  readonly #socket: TLSSocket;
  readonly #onData: (chunk: Buffer) => void;
  #received = '';
  #resolve: (body: string) => void = () => undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#onData = (chunk) => {
      this.#received += chunk.toString('latin1');
      const end = this.#received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /content-length: (\d+)/i.exec(this.#received)?.[1];
      const total = end + 4 + Number(length);
      if (this.#received.length < total) return;
      const body = this.#received.slice(end + 4, total);
      const isOk = this.#received.startsWith('HTTP/1.1 200 ');
      this.#received = this.#received.slice(total);
      this.#resolve(isOk ? body : `not 200: ${body}`);
    };
    socket.on('data', this.#onData);
  }

  ask(request: Buffer): Promise<string> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#socket.write(request);
    });
  }

  release(): void {
    this.#socket.off('data', this.#onData);
  }
}
