import { createHash } from 'node:crypto';
import { canonicalJson } from '../../lib/canonical-json.ts';
import type { Json } from '../../lib/lossless-json.ts';
import type { PodTemplate } from '../objects.ts';

// Kubernetes' own "safe" alphabet: without vowels no hash spells a word.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const LENGTH = 10;

/** Ten characters that differ when the pod template differs: the `pod-template-hash` label of a ReplicaSet. */
export function templateHash(template: PodTemplate): string {
  const digest = createHash('sha256')
    .update(canonicalJson(JSON.parse(JSON.stringify(template)) as Json))
    .digest();
  return [...digest.subarray(0, LENGTH)].map((byte) => letter(byte)).join('');
}

/** Random letters for a pod name. @param random uniform in [0, 1) */
export function nameSuffix(random: () => number, length = 5): string {
  return Array.from({ length }, () => letter(Math.floor(random() * ALPHABET.length))).join('');
}

function letter(index: number): string {
  return ALPHABET.charAt(index % ALPHABET.length);
}
