import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Answer, Vector } from './score.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

/** What is shared between projects beside the repository: SLUICE_SHARED, by default ../shared. */
export function sharedFolder(): string {
  return process.env['SLUICE_SHARED'] ?? new URL('../../../shared', import.meta.url).pathname;
}

/** Where the recorded vectors are. */
export function vectorFolder(): string {
  return join(sharedFolder(), 'vectors');
}

/** Whether the recorded vectors are on this machine. */
export function hasVectors(): boolean {
  return existsSync(fixturesFile(vectorFolder()));
}

/** File of the inputs that recorded lines name. */
export function fixturesFile(folder: string): string {
  return join(folder, 'fixtures.json');
}

/** Names of the files of vectors, without extension. */
export function vectorFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => name.slice(0, -'.jsonl'.length))
    .sort();
}

export interface VectorLine {
  readonly text: string;
  readonly vector: Vector;
}

/** A file of vectors, as lines of text and read. */
export function readVectors(folder: string, file: string): readonly VectorLine[] {
  return readFileSync(join(folder, `${file}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((text) => ({ text, vector: JSON.parse(text) as Vector }));
}

/**
 * Answers of `sluice eval` to lines, in order; lines that it does not answer are missing at the end.
 * @param fixtures file of named inputs
 */
export async function answersOf(fixtures: string, lines: readonly string[]): Promise<Answer[]> {
  const args = [MAIN, 'eval', '--fixtures', fixtures];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers: Answer[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => answers.push(JSON.parse(line) as Answer));
  const ended = Promise.all([once(child, 'close'), once(output, 'close')]);
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${lines.join('\n')}\n`);
  await ended;
  return answers;
}
