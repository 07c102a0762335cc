/**
 * Writes the digest of the base image into the Dockerfile. Which digest that is, only a registry can say: whoever
 * releases looks it up (`docker buildx imagetools inspect <name>:<tag>`, or the registry's page) and gives it.
 *
 *     node scripts/release/pin-base.ts --digest sha256:…    or NODE_IMAGE_DIGEST=sha256:… in the environment
 *     node scripts/release/pin-base.ts --check              exit 1 unless the base is pinned
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { pinBase, readBase } from './base-image.ts';

const FILE = new URL('../../Dockerfile', import.meta.url);
const { values } = parseArgs({
  options: { digest: { type: 'string' }, check: { type: 'boolean' } },
});

try {
  process.exitCode = values.check === true ? check() : pin();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}

function check(): number {
  const { name, tag, digest } = readBase(readFileSync(FILE, 'utf8'));
  console.log(`${name}:${tag} ${digest ?? 'is not pinned by digest'}`);
  return digest === undefined ? 1 : 0;
}

function pin(): number {
  const digest = values.digest ?? process.env['NODE_IMAGE_DIGEST'];
  if (digest === undefined) throw new Error('give --digest or NODE_IMAGE_DIGEST');
  const text = pinBase(readFileSync(FILE, 'utf8'), digest);
  writeFileSync(FILE, text);
  const { name, tag } = readBase(text);
  console.log(`pinned ${name}:${tag}@${digest}`);
  return 0;
}
