import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { probeReviewPort } from '../../../src/admission/self-probe.ts';
import type { CertificatePair } from '../../../src/tls/pair.ts';
import { ALLOW, bodyOf, engineOf, readAnswer, reviewOf } from '../../unit/admission/fixture.ts';
import {
  hasOpenssl,
  makeAuthority,
  makeClient,
  nextData,
  startPort,
  until,
  untilClosed,
  type TestAuthority,
} from './port.ts';

const review = bodyOf(reviewOf('canaries', 'CREATE', { object: { spec: {} } }));
const MIB = 1024 * 1024;
const HEAD = 'POST /validate HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

let authority: TestAuthority;
let pair: CertificatePair;
let other: CertificatePair;
const started: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  authority = await makeAuthority();
  [pair, other] = await Promise.all([authority.issue(), authority.issue()]);
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.stop()));
});

async function start(options: Parameters<typeof startPort>[2] = {}) {
  const port = await startPort(pair, authority.cert, options);
  started.push(port);
  return port;
}

describe('a review over TLS', () => {
  it('is answered on connections that stay open, whatever the query', async () => {
    const { send, metrics, agent } = await start();
    for (let round = 0; round < 20; round++) {
      const { status, headers, body } = await send(`/validate/fail?timeout=3s&r=${round}`, review);
      expect([status, headers['content-type']]).toEqual([200, 'application/json']);
      expect(readAnswer(body)).toEqual({ uid: 'uid-1', allowed: true });
    }
    expect(metrics.counted).toHaveLength(20);
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(1);
  });

  it('speaks TLS 1.3 and HTTP/1.1 only', async () => {
    const { open } = await start();
    await expect(open({ maxVersion: 'TLSv1.2' })).rejects.toThrow();
    const socket = await open({ ALPNProtocols: ['h2', 'http/1.1'] });
    expect([socket.getProtocol(), socket.alpnProtocol]).toEqual(['TLSv1.3', 'http/1.1']);
    socket.destroy();
  });

  it.runIf(hasOpenssl)('asks for a client certificate when it is told whose', async () => {
    const client = makeClient();
    const { open, port } = await start({ clientCa: client.cert });
    const known = await open(client);
    const request = `${HEAD}content-length: ${Buffer.byteLength(review)}\r\n\r\n${review}`;
    known.write(request);
    expect(await nextData(known)).toMatch(/^HTTP\/1\.1 200 /);
    known.destroy();
    // TLS 1.3 tells a client that it is refused only after its own handshake.
    const unknown = await open(pair);
    unknown.write(request);
    expect(await untilClosed(unknown)).toBe('');
    const probe = { port, serverName: 'localhost', caBundle: authority.cert };
    const signal = new AbortController().signal;
    await probeReviewPort({ ...probe, handshakeOnly: true, signal });
    await expect(probeReviewPort({ ...probe, handshakeOnly: false, signal })).rejects.toThrow();
  });
});

describe('bad input is answered, counted, and does no harm', () => {
  const alive = async ({ send }: Awaited<ReturnType<typeof start>>): Promise<void> => {
    expect(readAnswer((await send('/validate', review)).body).allowed).toBe(true);
  };

  it('no JSON, and JSON that is no AdmissionReview', async () => {
    const port = await start();
    for (const body of ['', '{', '[]', '{"kind":"Pod"}', '"x"', '\0\0\0', 'null']) {
      const reply = await port.send('/validate', body);
      expect(reply.status).toBe(400);
      expect(readAnswer(reply.body)).toMatchObject({ allowed: false, status: { code: 400 } });
    }
    const notUtf8 = await port.send('/validate', Buffer.from([0x22, 0xff, 0xfe, 0x22]));
    expect([notUtf8.status, readAnswer(notUtf8.body).status?.message]).toEqual([
      400,
      'the body is not UTF-8',
    ]);
    expect(new Set(port.metrics.counted)).toEqual(new Set(['rejected malformed']));
    await alive(port);
  });

  it('JSON of a hundred thousand levels', async () => {
    const port = await start();
    const depth = 100_000;
    const body = `${review.slice(0, -1)},"x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const reply = await port.send('/validate', body);
    expect(reply.status).toBeLessThan(500);
    await alive(port);
  });

  it.each(['text/plain', 'application/yaml', '', 'application/jsonp'])(
    'the content type %j',
    async (type) => {
      const port = await start();
      const { status, body } = await port.send('/validate', review, { type });
      expect([status, readAnswer(body).allowed]).toEqual([415, false]);
      expect(port.metrics.counted).toEqual(['rejected bad-content-type']);
      expect(
        (await port.send('/validate', review, { type: 'application/json; charset=utf-8' })).status,
      ).toBe(200);
    },
  );

  it('a path that nobody serves, and another method', async () => {
    const port = await start();
    const unknown = await port.send('/validat?timeout=3s', review);
    expect(unknown.status).toBe(404);
    expect(unknown.body).toContain('/validate/ignore');
    const put = await port.send('/validate', review, { method: 'PUT' });
    expect([put.status, put.headers.allow]).toEqual([405, 'POST']);
    expect(port.metrics.counted).toEqual(['rejected unknown-path', 'rejected bad-method']);
    await alive(port);
  });

  it('a body of 9 MiB, announced', async () => {
    const port = await start();
    const { status, body } = await port.send('/validate', Buffer.alloc(9 * MIB, 0x20));
    expect([status, readAnswer(body).status?.reason]).toEqual([413, 'RequestEntityTooLarge']);
    expect(port.metrics.counted).toEqual(['rejected too-large']);
    await alive(port);
  });

  it('a body of 9 MiB in chunks', async () => {
    const port = await start();
    const socket = await port.open();
    socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
    const answer = nextData(socket);
    for (let sent = 0; sent < 9; sent++) {
      socket.write(`${MIB.toString(16)}\r\n${' '.repeat(MIB)}\r\n`);
    }
    socket.write('0\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
    socket.destroy();
    await alive(port);
  });

  it('a body as large as it may be', async () => {
    const port = await start();
    const padded = `${review}${' '.repeat(7 * MIB - Buffer.byteLength(review))}`;
    expect((await port.send('/validate', padded)).status).toBe(200);
  });

  it('a body that does not come', async () => {
    const port = await start({ limits: { deadlineMs: 100 } });
    const socket = await port.open();
    socket.write(`${HEAD}content-length: 100\r\n\r\n{`);
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 504 .*"did not arrive|504/s);
    expect(port.metrics.counted).toEqual(['rejected too-late']);
    await alive(port);
  });

  it('a body that comes byte by byte, later than the API server waits', async () => {
    const port = await start();
    const socket = await port.open();
    const head = HEAD.replace('/validate', '/validate?timeout=200ms');
    socket.write(`${head}content-length: 100000\r\n\r\n`);
    const closed = untilClosed(socket);
    const drip = setInterval(() => socket.write(' '), 20);
    expect(await closed).toContain(' 504 ');
    clearInterval(drip);
    await alive(port);
  });

  it('uploads that are given up', async () => {
    const port = await start();
    for (let round = 0; round < 10; round++) {
      const socket = await port.open();
      socket.write(`${HEAD}content-length: 5000\r\n\r\n{"kind":`, () => socket.destroy());
    }
    await until(() => port.metrics.counted.length === 10);
    expect(new Set(port.metrics.counted)).toEqual(new Set(['rejected aborted']));
    await alive(port);
  });

  it('a body that ends before its announced length', async () => {
    const port = await start();
    const socket = await port.open();
    socket.end(`${HEAD}content-length: 5000\r\n\r\n${review.slice(0, 200)}`);
    await until(() => port.metrics.counted.length === 1);
    await alive(port);
  });

  it('what is no HTTP at all', async () => {
    const port = await start();
    const socket = await port.open();
    socket.write('\x00\x01\x02 hello\r\n\r\n');
    await untilClosed(socket);
    expect(port.metrics.counted).toEqual(['rejected malformed']);
    await alive(port);
  });

  it('a defect behind the port', async () => {
    const port = await start({
      engine: engineOf(() => {
        throw new Error('boom');
      }),
    });
    const { status, body } = await port.send('/validate', review);
    expect([status, readAnswer(body).status?.code]).toEqual([200, 500]);
    expect(body).not.toContain('boom');
  });
});

describe('load', () => {
  it('beyond the limit is refused at once, and only that', async () => {
    const port = await start({ limits: { maxConcurrent: 2 } });
    const slow = await Promise.all([port.open(), port.open()]);
    const text = Buffer.from(review);
    for (const socket of slow) {
      socket.write(`${HEAD}content-length: ${text.length}\r\n\r\n`);
      socket.write(text.subarray(0, 10));
    }
    let refused = await port.send('/validate', review);
    // The two may still be on their way.
    while (refused.status !== 429) refused = await port.send('/validate', review);
    expect(refused.headers['retry-after']).toBe('1');
    expect(readAnswer(refused.body).status?.reason).toBe('TooManyRequests');
    const answers = slow.map((socket) => nextData(socket));
    for (const socket of slow) socket.write(text.subarray(10));
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect((await port.send('/validate', review)).status).toBe(200);
    for (const socket of slow) socket.destroy();
  });

  it('of many clients is answered to each', async () => {
    const engine = engineOf(({ object }) => {
      const { n } = object as { n: number };
      return { ...ALLOW, verdict: n % 2 === 0 ? 'allow' : 'deny' };
    });
    const { send } = await start({ engine });
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => {
        const body = { ...reviewOf('canaries', 'CREATE', { object: { n } }), uid: `u-${n}` };
        return send('/validate', bodyOf(body));
      }),
    );
    const read = answers.map(({ body }) => readAnswer(body));
    expect(read.map(({ uid, allowed }) => [uid, allowed])).toEqual(
      Array.from({ length: 200 }, (_, n) => [`u-${n}`, n % 2 === 0]),
    );
  });
});

describe('a new certificate', () => {
  it('is served to new connections; those that are open go on', async () => {
    const { open, swap, send } = await start();
    const before = await open();
    expect((await send('/validate', review)).status).toBe(200);
    swap(other);
    const after = await open();
    const serials = [before, after].map((socket) => socket.getPeerCertificate().serialNumber);
    expect(serials[0]).not.toBe(serials[1]);
    expect((await send('/validate', review)).status).toBe(200);
    before.destroy();
    after.destroy();
  });

  it('that does not fit is left out', async () => {
    const { open, swap } = await start();
    swap({ key: other.key, cert: pair.cert });
    const socket = await open();
    expect(socket.authorized).toBe(true);
    socket.destroy();
  });
});

describe('the self-probe', () => {
  const signal = new AbortController().signal;
  const probe = (port: number, caBundle = authority.cert) =>
    probeReviewPort({ port, serverName: 'localhost', caBundle, handshakeOnly: false, signal });

  it('is content with a port that answers', async () => {
    await expect(probe((await start()).port)).resolves.toBeUndefined();
  });

  it('is not content before the first snapshot, nor with another authority, nor without a port', async () => {
    const readiness = () => ({ ready: false, reasons: ['RolloutPolicy'] });
    const notReady = await start({ engine: engineOf(() => ALLOW, { readiness }) });
    await expect(probe(notReady.port)).rejects.toThrow(/does not answer yet/);
    const foreign = await makeAuthority();
    await expect(probe((await start()).port, foreign.cert)).rejects.toThrow(/does not answer yet/);
    await expect(probe(1)).rejects.toThrow(/does not answer yet/);
  });
});

describe('close', () => {
  it('answers what is in work, then ends every connection', async () => {
    const port = await startPort(pair, authority.cert);
    const socket = await port.open();
    const text = Buffer.from(review);
    socket.write(`${HEAD}content-length: ${text.length}\r\n\r\n`);
    socket.write(text.subarray(0, 10));
    await port.send('/validate', review);
    const received = untilClosed(socket);
    const closed = port.stop();
    socket.write(text.subarray(10));
    const answer = await received;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer.toLowerCase()).toContain('connection: close');
    await closed;
    await expect(port.open()).rejects.toThrow();
  });
});
