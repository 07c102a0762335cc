import { readFile } from 'node:fs/promises';
import type { Config } from '../config/options.ts';
import type { Canary } from '../domain/canary.ts';
import { SluiceError } from '../domain/errors.ts';
import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import type { RolloutRun } from '../domain/run.ts';
import { createGateDoor, type GateDoor } from '../http/gates/gate-door.ts';
import type { Parts } from './parts.ts';
import { countedGates } from './recorders.ts';

/** Bytes that a key must have: those of SHA-256. */
const MIN_KEY_BYTES = 32;

/**
 * Starts the gates: copies of what they are asked about, and what answers.
 * @throws SluiceError SLUICE_CONFIG when the key cannot be read or is too short
 */
export async function startGates(parts: Parts): Promise<GateDoor> {
  const { caches, config, engine } = parts;
  const key = await readKey(config);
  const scope = config.namespace === '' ? {} : { namespace: config.namespace };
  return createGateDoor({
    key,
    gateKeeper: countedGates(engine.gateKeeper, parts.metrics),
    canaries: caches.watch<Canary>(RESOURCES.canaries, scope),
    runs: caches.watch<RolloutRun>(RESOURCES.rolloutRuns, scope),
    deployments: caches.watch<KubeObject>(RESOURCES.deployments, scope),
    clock: parts.clock,
    logger: parts.logger.child({ component: 'gates' }),
  });
}

async function readKey({ gateKeyFile }: Config): Promise<Buffer> {
  let text: string;
  try {
    text = await readFile(gateKeyFile, 'utf8');
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new SluiceError('SLUICE_CONFIG', `--gate-key-file cannot be read (${code})`);
  }
  const key = Buffer.from(text.trim());
  if (key.length < MIN_KEY_BYTES) {
    throw new SluiceError(
      'SLUICE_CONFIG',
      `--gate-key-file holds less than ${MIN_KEY_BYTES} bytes`,
    );
  }
  return key;
}
