import type { ContainerSpec } from './pod-container.ts';

const here = new URL('.', import.meta.url).pathname;

/** Which program an image name means here: nothing is pulled. */
export interface ImageTable {
  /** Sluice's program. */
  readonly sluice: string;
}

/** @returns the command, or undefined for an image that this machine does not have */
export function commandOf(container: ContainerSpec, images: ImageTable): string[] | undefined {
  const name = container.image.split('/').pop() ?? '';
  if (name.startsWith('podinfo:')) return [process.execPath, `${here}podinfo.ts`];
  if (name.startsWith('sluice:')) {
    return [process.execPath, images.sluice, ...(container.args ?? [])];
  }
  return undefined;
}
