import type { Server } from 'node:http';

export const LOOPBACK = '127.0.0.1';

/**
 * Listens on 127.0.0.1.
 * @param port 0: one that the system chooses
 * @param replaceable error codes (`EADDRINUSE`, …) for which the system chooses a port in place of this one
 * @throws the system's own error for every other code
 */
export async function listenOnLoopback(
  server: Server,
  port: number,
  replaceable: readonly string[],
): Promise<void> {
  try {
    await tryListen(server, port);
  } catch (error) {
    if (port === 0 || !replaceable.includes(codeOf(error))) throw error;
    await tryListen(server, 0);
  }
}

function tryListen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
