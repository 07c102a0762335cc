import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Recording } from './compare.ts';
import { FILES, type RecordedFile } from './difference.ts';

/** Providers whose recorded scenarios Sluice must play; before the colon, as `gatewayapi` of `gatewayapi:v1`. */
const PROVIDERS: ReadonlySet<string> = new Set([
  'gatewayapi',
  'kubernetes',
  'istio',
  'nginx',
  'knative',
]);

/** What is shared between projects beside the repository: SLUICE_SHARED, by default ../shared. */
export function sharedFolder(): string {
  return process.env['SLUICE_SHARED'] ?? new URL('../../../shared', import.meta.url).pathname;
}

/**
 * Names of the recorded scenarios whose Canaries have one of the providers that Sluice has, in order.
 * @param folder holds a folder for each scenario
 */
export function recordedScenarios(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'scenario.json')))
    .filter((name) => {
      const providers = providersOf(JSON.parse(read(join(folder, name, 'scenario.json'))));
      return providers.length > 0 && providers.every((provider) => PROVIDERS.has(provider));
    })
    .sort();
}

/** Providers of every Canary in a scenario. */
function providersOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { kind, spec } = value as { kind?: unknown; spec?: { provider?: unknown } };
  if (kind === 'Canary') {
    const provider = spec?.provider;
    // A patch of a Canary need not name it.
    return typeof provider === 'string' ? [provider.split(':', 1)[0] ?? ''] : [];
  }
  return Object.values(value).flatMap(providersOf);
}

/** Reads a recorded scenario; a file that is not there is empty. */
export function readRecording(folder: string): Recording {
  const texts = FILES.map((file) => [file, read(join(folder, file))]);
  const verdict = /^VERDICT (.*)$/m.exec(read(join(folder, 'timing.txt')))?.[1];
  return { ...(Object.fromEntries(texts) as Record<RecordedFile, string>), verdict };
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
