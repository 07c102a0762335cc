import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheFolder } from '../cluster/binaries.ts';
import { sharedFolder } from './recorded.ts';

/** Source of the program that answers with Kubernetes' own packages; it is not part of this repository. */
function sourceFolder(): string {
  return join(sharedFolder(), 'oracle');
}

/** Where the built oracle is kept, by what it is built from; undefined without its source. */
export function oraclePath(): string | undefined {
  const folder = sourceFolder();
  if (!existsSync(join(folder, 'go.mod'))) return undefined;
  const hash = createHash('sha256');
  const sources = readdirSync(folder).filter((name) => /^go\.(?:mod|sum)$|\.go$/.test(name));
  for (const name of sources.sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return join(cacheFolder(), 'bin', `oracle-${hash.digest('hex').slice(0, 12)}`);
}

/**
 * The oracle, built when it is not in the cache (cold: about 5 minutes; less where the API server was built before).
 * @returns its path; undefined without its source
 * @throws Error when it cannot be built
 */
export function provideOracle(say: (line: string) => void): string | undefined {
  const path = oraclePath();
  if (path === undefined || existsSync(path)) return path;
  say('building oracle (kept in the cache)');
  mkdirSync(join(cacheFolder(), 'bin'), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  // Flags as those of the API server, so that the two share what Go has compiled.
  const built = spawnSync('go', ['build', '-ldflags', '-s -w', '-o', partial, '.'], {
    cwd: sourceFolder(),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-trimpath -buildvcs=false' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (built.error !== undefined) throw built.error;
  if (built.status !== 0) throw new Error(`go build of oracle ended with ${String(built.status)}`);
  renameSync(partial, path);
  return path;
}

/** One answer of the oracle; see its README. */
export interface OracleAnswer {
  readonly id: string;
  readonly ok: boolean;
  readonly value?: unknown;
  readonly valueType?: string;
  readonly errorKind?: string;
  readonly errorClass?: string;
  readonly error?: string;
  readonly cost?: number;
  readonly result?: Readonly<Record<string, unknown>>;
}

/**
 * Asks the oracle lines, in order.
 * @param fixtures file of named inputs
 * @throws Error when it does not answer them all
 */
export async function askOracle(
  oracle: string,
  fixtures: string,
  lines: readonly string[],
): Promise<OracleAnswer[]> {
  if (lines.length === 0) return [];
  const child = spawn(oracle, ['-fixtures', fixtures], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers: OracleAnswer[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => answers.push(JSON.parse(line) as OracleAnswer));
  const ended = Promise.all([once(child, 'close'), once(output, 'close')]);
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${lines.join('\n')}\n`);
  await ended;
  if (answers.length === lines.length) return answers;
  throw new Error(`the oracle answered ${answers.length} of ${lines.length} lines`);
}
