import { createHmac, timingSafeEqual } from 'node:crypto';

/** Length of a token: the hexadecimal digits of SHA-256. */
const TOKEN = /^[0-9a-f]{64}$/;

/** A Canary, as its hooks name it. */
export interface CanaryName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The part of a gate's URL that only whoever has the key can make: who may write one Canary cannot ask in the name of
 * another. It says nothing about the gate, so that one token serves all of a Canary's hooks.
 * @param key of at least 32 bytes
 * @returns 64 hexadecimal digits: HMAC-SHA-256 of `sluice-gate/v1/<namespace>/<name>`
 */
export function gateToken(key: Buffer, { namespace, name }: CanaryName): string {
  return createHmac('sha256', key).update(`sluice-gate/v1/${namespace}/${name}`).digest('hex');
}

/** Whether a text is the token of a Canary; takes the same time whatever differs. */
export function isGateToken(key: Buffer, canary: CanaryName, token: string): boolean {
  if (!TOKEN.test(token)) return false;
  return timingSafeEqual(Buffer.from(gateToken(key, canary)), Buffer.from(token));
}
