import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/domain/virtual-clock.ts';
import {
  createPodinfo,
  parsePodinfoImage,
  type PodinfoMeasurement,
} from '../../../../src/sandbox/workload/podinfo.ts';

const faultless = { errorPercent: 0, latencyMs: 0, crashes: false, hangs: false };

function pod(tag: string) {
  const clock = new VirtualClock();
  const measured: PodinfoMeasurement[] = [];
  const image = parsePodinfoImage(`podinfo:${tag}`);
  if (image === undefined) throw new Error('not podinfo');
  const answer = createPodinfo({
    image,
    hostname: 'pod-1',
    clock,
    measured: (one) => measured.push(one),
  });
  const get = (path: string) =>
    answer({ method: 'GET', path, headers: {}, signal: new AbortController().signal });
  return { clock, measured, get };
}

describe('parsePodinfoImage', () => {
  it.each([
    ['podinfo:6.0.0', { version: '6.0.0', ...faultless }],
    ['podinfo:6.0.2-err30', { version: '6.0.2', ...faultless, errorPercent: 30 }],
    [
      'ghcr.io/stefanprodan/podinfo:6.0.2-err5-lat300',
      { version: '6.0.2', ...faultless, errorPercent: 5, latencyMs: 300 },
    ],
    ['podinfo:1-crash', { version: '1', ...faultless, crashes: true }],
    ['podinfo:1-hang', { version: '1', ...faultless, hangs: true }],
    ['podinfo:1-err900', { version: '1', ...faultless, errorPercent: 100 }],
    ['podinfo', undefined],
    ['notpodinfo:1', undefined],
    ['nginx:1', undefined],
  ])('%s', (image, expected) => {
    expect(parsePodinfoImage(image)).toEqual(expected);
  });
});

describe('createPodinfo', () => {
  it.each([5, 13, 30, 100])('fails exactly %i of any 100 requests', async (percent) => {
    const { get } = pod(`1-err${percent}`);
    await get('/');
    const statuses = [];
    for (let n = 0; n < 100; n += 1) statuses.push((await get('/')).status);
    expect(statuses.filter((status) => status === 500)).toHaveLength(percent);
  });

  it('answers late and measures it', async () => {
    const { clock, get, measured } = pod('1-lat300');
    const answer = get('/');
    await clock.advance(299);
    expect(measured).toEqual([]);
    await clock.advance(1);
    expect((await answer).status).toBe(200);
    expect(measured).toEqual([
      { method: 'GET', path: 'root', status: 200, durationSeconds: expect.closeTo(0.3) as number },
    ]);
  });

  it('is not ready when it hangs, and probes are not counted', async () => {
    const { get, measured } = pod('1-hang');
    expect((await get('/readyz')).status).toBe(503);
    expect((await get('/healthz')).status).toBe(200);
    expect(measured).toEqual([]);
  });

  it('says which version and pod answered', async () => {
    const { headers, body } = await pod('6.1.0').get('/version?x=1');
    expect(headers).toMatchObject({ 'x-version': '6.1.0', 'x-pod': 'pod-1' });
    expect(JSON.parse(body)).toEqual({ version: '6.1.0' });
  });
});
