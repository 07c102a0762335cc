import { sleep, type Clock } from '../../domain/clock.ts';
import type { NetworkAnswer, NetworkRequest } from '../network.ts';

/** What an image name tells a sandbox pod to do. */
export interface PodinfoImage {
  readonly version: string;
  /** Percent of requests that are answered with 500, 0 to 100. */
  readonly errorPercent: number;
  readonly latencyMs: number;
  /** The process exits as soon as it starts. */
  readonly crashes: boolean;
  /** The process never becomes ready. */
  readonly hangs: boolean;
}

/**
 * Reads `podinfo:TAG`, with or without a registry before it. Faults are suffixes of the tag: `-errN`, `-latN`,
 * `-crash`, `-hang`; they combine.
 * @returns undefined when the image is not podinfo: the sandbox has no other
 */
export function parsePodinfoImage(image: string): PodinfoImage | undefined {
  const match = /(?:^|\/)podinfo:([\w.-]+)(?:@sha256:[0-9a-f]+)?$/.exec(image);
  const tag = match?.[1];
  if (tag === undefined) return undefined;
  const [version = tag, ...faults] = tag.split('-');
  const numberOf = (prefix: string): number =>
    Number(
      faults.find((fault) => /^[a-z]+\d+$/.test(fault) && fault.startsWith(prefix))?.slice(3) ?? 0,
    );
  return {
    version,
    errorPercent: Math.min(100, numberOf('err')),
    latencyMs: numberOf('lat'),
    crashes: faults.includes('crash'),
    hangs: faults.includes('hang'),
  };
}

/** One answered request, as podinfo's own histogram counts it. */
export interface PodinfoMeasurement {
  readonly method: string;
  /** First segment of the path, `root` when there is none. */
  readonly path: string;
  readonly status: number;
  readonly durationSeconds: number;
}

export interface PodinfoOptions {
  readonly image: PodinfoImage;
  readonly hostname: string;
  readonly clock: Clock;
  readonly measured: (measurement: PodinfoMeasurement) => void;
}

const PROBES: ReadonlySet<string> = new Set(['healthz', 'readyz']);

/**
 * podinfo's behaviour as a function: `/`, `/version`, `/healthz`, `/readyz`, `/status/N`, `/delay/SECONDS`. Errors are
 * spread evenly, so that N percent of any run of requests fail and not just on average.
 */
export function createPodinfo(
  options: PodinfoOptions,
): (request: NetworkRequest) => Promise<NetworkAnswer> {
  const { image, hostname, clock, measured } = options;
  let served = 0;
  const isUnlucky = (): boolean => {
    const before = Math.floor((served * image.errorPercent) / 100);
    served += 1;
    return Math.floor((served * image.errorPercent) / 100) > before;
  };
  const headers = {
    'content-type': 'application/json',
    'x-version': image.version,
    'x-pod': hostname,
  };
  const say = (status: number, body: unknown): NetworkAnswer => ({
    status,
    headers,
    body: JSON.stringify(body),
  });
  const answer = async (first: string, argument: string): Promise<NetworkAnswer> => {
    const delayMs = image.latencyMs + (first === 'delay' ? Number(argument) * 1000 || 0 : 0);
    if (delayMs > 0) await sleep(clock, delayMs);
    if (first === 'status') return say(Number(argument) || 400, { status: argument });
    if (isUnlucky()) return say(500, { error: 'on purpose' });
    if (first === 'version') return say(200, { version: image.version });
    const message = `greetings from podinfo v${image.version}`;
    return say(200, { hostname, version: image.version, message });
  };
  return async (request) => {
    const [, first = '', argument = ''] = (request.path.split('?')[0] ?? '/').split('/');
    if (PROBES.has(first)) {
      return say(first === 'readyz' && image.hangs ? 503 : 200, { status: 'OK' });
    }
    const startedAt = clock.monotonic();
    const answered = await answer(first, argument);
    measured({
      method: request.method,
      path: first === '' ? 'root' : first,
      status: answered.status,
      durationSeconds: (clock.monotonic() - startedAt) / 1000,
    });
    return answered;
  };
}
