import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { canonicalJson } from '../../src/lib/canonical-json.ts';
import {
  isJsonObject,
  parseLosslessJson,
  stringifyLosslessJson,
  type Json,
} from '../../src/lib/lossless-json.ts';
import type { AskedDecision } from '../../src/policy/decide-asking.ts';
import { same } from './admission-door.ts';
import type { Rules } from './draw-policies.ts';
import { bytesOf } from './in-process.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A process of `sluice eval` that decides once more what was decided elsewhere. */
export interface CliDoor {
  readonly name: string;
  /** @throws Error when it decides otherwise */
  check(rules: Rules, asked: AskedDecision): Promise<void>;
  close(): Promise<void>;
}

/** Starts the process; it answers line by line until it is closed. */
export function openCliDoor(): CliDoor {
  const child = spawn(process.execPath, [MAIN, 'eval'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let id = 0;
  return {
    name: 'sluice eval, another process',
    check: async ({ policies, bindings }, { facts, decision }) => {
      id += 1;
      const line = { id, policies, bindings, facts } as unknown as Json;
      child.stdin.write(`${stringifyLosslessJson(line)}\n`);
      const { value } = (await lines.next()) as { value: string };
      const answer = parseLosslessJson(value);
      const made = isJsonObject(answer) ? (answer['decision'] ?? answer) : answer;
      same('eval', canonicalJson(made), bytesOf(decision));
    },
    close: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
