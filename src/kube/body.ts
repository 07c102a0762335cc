import { ClusterError } from '../domain/errors.ts';

const NEWLINE = 0x0a;

/**
 * The whole body as text.
 * @param maxBytes more than this is refused
 * @throws ClusterError ServerError when it is longer
 */
export async function readText(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > maxBytes) {
      throw new ClusterError('ServerError', `the answer is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return decode(chunks);
}

/**
 * The body line by line, empty lines left out. Bytes are decoded a whole line at a time, so a character that is split
 * between chunks stays whole.
 * @param maxLineBytes a longer line is refused
 * @throws ClusterError ServerError on a longer line; Unreachable when the body ends inside a line
 */
export async function* readLines(
  body: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<string, void, undefined> {
  let pending: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pending.push(chunk.subarray(start, end));
      start = end + 1;
      const line = decode(pending);
      pending = [];
      length = 0;
      if (line.trim() !== '') yield line;
    }
    if (start === chunk.byteLength) continue;
    pending.push(chunk.subarray(start));
    length += chunk.byteLength - start;
    if (length > maxLineBytes) {
      throw new ClusterError('ServerError', `an event is longer than ${maxLineBytes} bytes`);
    }
  }
  if (length > 0) throw new ClusterError('Unreachable', 'the stream ended inside an event');
}

function decode(chunks: readonly Uint8Array[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
