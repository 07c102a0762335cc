import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Deadlines } from './deadlines.ts';

export type BodyResult =
  | { readonly ok: true; readonly body: string }
  | { readonly ok: false; readonly reason: 'too-large' | 'too-late' | 'aborted' | 'malformed' };

/**
 * Reads a request's body. `done` is called exactly once: with the whole text, or as soon as it is too large, too late,
 * cut off or no UTF-8. What still comes afterwards is dropped by the HTTP server, within its own request time-out.
 */
export function readBody(
  request: IncomingMessage,
  limits: { readonly maxBytes: number; readonly deadlineMs: number },
  deadlines: Deadlines,
  done: (result: BodyResult) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  let finished = false;
  const finish = (result: BodyResult): void => {
    if (finished) return;
    finished = true;
    deadlines.meet(deadline);
    if (!result.ok) {
      chunks.length = 0;
      request.removeAllListeners('data');
      request.resume();
    }
    done(result);
  };
  const deadline = deadlines.set(limits.deadlineMs, () => {
    finish({ ok: false, reason: 'too-late' });
  });
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) {
    finish({ ok: false, reason: 'too-large' });
    return;
  }
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > limits.maxBytes) finish({ ok: false, reason: 'too-large' });
    else chunks.push(chunk);
  });
  request.on('end', () => {
    const [first] = chunks;
    const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
    if (isUtf8(bytes)) finish({ ok: true, body: bytes.toString('utf8') });
    else finish({ ok: false, reason: 'malformed' });
  });
  // A body that ends before its announced length never comes to `end`.
  const onCut = (): void => {
    finish({ ok: false, reason: 'aborted' });
  };
  request.on('error', onCut);
  request.on('close', onCut);
}
