import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Tree } from './vap-case.ts';
import { waitFor } from './wait.ts';

/**
 * The annotations of requests in the API server's audit log, by audit id. Waits until all are written.
 * @param file the log
 */
export function auditAnnotations(
  file: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Tree>> {
  return waitFor(
    'the audit log holds every request',
    async () => {
      const found = await read(file, new Set(ids));
      return found.size === new Set(ids).size ? found : undefined;
    },
    20_000,
  );
}

async function read(file: string, wanted: ReadonlySet<string>): Promise<Map<string, Tree>> {
  const found = new Map<string, Tree>();
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  for await (const line of lines) {
    const id = /"auditID":"([^"]+)"/.exec(line)?.[1] ?? '';
    if (!wanted.has(id)) continue;
    // The last line may not be whole yet.
    if (!line.endsWith('}')) continue;
    const { annotations = {} } = JSON.parse(line) as { annotations?: Tree };
    found.set(id, annotations);
  }
  return found;
}
