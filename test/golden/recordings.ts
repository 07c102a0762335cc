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

/** A scenario that Flagger was recorded in. */
export interface Recorded {
  readonly name: string;
  /** With its files. */
  readonly folder: string;
}

/** Recordings of this repository, of the scenarios in scenarios.ts. */
export const OWN_RECORDINGS = new URL('./recorded/', import.meta.url).pathname;

/**
 * What is recorded in $SLUICE_SHARED/golden and in this repository, as far as Sluice has the provider; by name. Of two
 * with the same name the shared one counts.
 */
export function recordedScenarios(): Recorded[] {
  const folders = [join(sharedFolder(), 'golden'), OWN_RECORDINGS];
  const found = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => ({ name, folder: join(folder, name) })))
    .filter(({ folder }) => existsSync(join(folder, 'scenario.json')))
    .filter(({ folder }) => {
      const providers = providersOf(JSON.parse(read(join(folder, 'scenario.json'))));
      return providers.length > 0 && providers.every((provider) => PROVIDERS.has(provider));
    })
    .reverse();
  const byName = new Map(found.map((recorded) => [recorded.name, recorded]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
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
