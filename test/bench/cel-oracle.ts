import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oraclePath } from '../vectors/oracle.ts';

/** Evaluations a second of cel-go on the admission path of the API server, one goroutine, recorded on a like machine. */
const RECORDED: Readonly<Record<string, number>> = {
  'containers-limits': 138_000,
  'step-weight': 371_000,
  'name-regex': 250_000,
  'image-regex': 111_000,
  'exists-one': 126_000,
  'labels-all': 115_000,
  duration: 211_000,
  'metric-nested': 145_000,
  'host-network': 374_000,
  'immutable-sel': 26_400,
  'unique-names': 60_200,
  'list-1000': 490,
};
/** How long each of its five blocks runs, roughly. */
const BLOCK_SECONDS = 0.06;

/** Speed of cel-go, measured now where the oracle has been built, else as recorded. */
export interface Peer {
  readonly isMeasured: boolean;
  readonly rate: (name: string, source: string) => number;
}

/** @param file the parsed bench.json, whose objects cel-go reads */
export function celGo(file: { readonly object: string; readonly oldObject: string }): Peer {
  const oracle = oraclePath();
  if (oracle === undefined || !existsSync(oracle)) {
    return { isMeasured: false, rate: (name) => RECORDED[name] ?? 0 };
  }
  return { isMeasured: true, rate: (name, source) => measured(oracle, file, name, source) };
}

function measured(
  oracle: string,
  file: { readonly object: string; readonly oldObject: string },
  name: string,
  source: string,
): number {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-cel-'));
  try {
    const path = join(folder, 'bench.json');
    const exprs = JSON.stringify([[name, source]]);
    writeFileSync(path, `{"object":${file.object},"oldObject":${file.oldObject},"exprs":${exprs}}`);
    const count = Math.max(5, Math.ceil((RECORDED[name] ?? 1000) * BLOCK_SECONDS) * 5);
    const run = spawnSync(oracle, ['-bench', path, '-n', String(count)], { encoding: 'utf8' });
    const line = run.stdout.split('\n').find((text) => text.startsWith('{'));
    if (line === undefined) throw new Error(`the oracle did not measure ${name}`);
    return (JSON.parse(line) as { admission_ops: number }).admission_ops;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
