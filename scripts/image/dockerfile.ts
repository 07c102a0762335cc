import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** One stage of the Dockerfile: its file tree, and how it starts. */
export interface Stage {
  readonly root: string;
  workdir: string;
  readonly environment: Record<string, string>;
  entrypoint: string[];
  command: string[];
  /** As written: `65532:65532`. */
  user: string;
}

export interface Step {
  readonly instruction: string;
  readonly rest: string;
}

/** The instructions of a Dockerfile's text, with continuation lines joined and comments dropped. */
export function parseDockerfile(text: string): Step[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
      return { instruction: word.toUpperCase(), rest };
    });
}

/**
 * Carries out the steps of the Dockerfile, each stage in an empty folder below `scratch`. Base images are not pulled:
 * what they would bring (Node, npm, a shell for RUN) is this machine's.
 * @returns the last stage
 * @throws Error for an instruction that it does not know, so that a new step cannot be skipped unseen
 */
export function runDockerfile(context: string, scratch: string): Stage {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const { instruction, rest } of parseDockerfile(
    readFileSync(join(context, 'Dockerfile'), 'utf8'),
  )) {
    if (instruction === 'ARG') continue;
    if (instruction === 'FROM') {
      const name = / AS (\S+)$/i.exec(rest)?.[1] ?? `stage-${stages.size}`;
      stage = newStage(join(scratch, name));
      stages.set(name, stage);
      continue;
    }
    if (stage === undefined) throw new Error(`${instruction} before FROM`);
    if (instruction === 'COPY') copy(stage, rest, { context, stages });
    else apply(stage, instruction, rest);
  }
  if (stage === undefined) throw new Error('the Dockerfile has no stage');
  return stage;
}

function newStage(root: string): Stage {
  mkdirSync(root, { recursive: true });
  return { root, workdir: '/', environment: {}, entrypoint: [], command: [], user: '' };
}

function apply(stage: Stage, instruction: string, rest: string): void {
  switch (instruction) {
    case 'WORKDIR':
      stage.workdir = rest;
      mkdirSync(join(stage.root, rest), { recursive: true });
      return;
    case 'ENV': {
      const [name = '', value = ''] = rest.split('=');
      stage.environment[name] = value;
      return;
    }
    case 'RUN':
      run(stage, rest);
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = JSON.parse(rest) as string[];
      return;
    case 'CMD':
      stage.command = JSON.parse(rest) as string[];
      return;
    case 'USER':
      stage.user = rest;
      return;
    case 'EXPOSE':
      return;
    default:
      throw new Error(`this script does not know the Dockerfile instruction ${instruction}`);
  }
}

function run(stage: Stage, command: string): void {
  console.log(`RUN ${command}`);
  const result = spawnSync('sh', ['-ec', command], {
    cwd: join(stage.root, stage.workdir),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, NODE_ENV: 'development', ...stage.environment },
  });
  if (result.status === 0) return;
  throw new Error(`RUN ended with ${String(result.status)}:\n${result.stdout}${result.stderr}`);
}

function copy(
  stage: Stage,
  rest: string,
  { context, stages }: { context: string; stages: ReadonlyMap<string, Stage> },
): void {
  const words = rest.split(/\s+/);
  const from =
    words[0]?.startsWith('--from=') === true ? words.shift()?.slice('--from='.length) : undefined;
  const origin = from === undefined ? context : stages.get(from)?.root;
  if (origin === undefined) throw new Error(`COPY --from=${String(from)}: no such stage`);
  const target = words.pop() ?? '.';
  const toFolder = target.endsWith('/');
  for (const source of words) {
    const place = join(stage.root, stage.workdir, target, toFolder ? basename(source) : '');
    if (!existsSync(join(origin, source))) throw new Error(`COPY: ${source} does not exist`);
    cpSync(join(origin, source), place, { recursive: true, verbatimSymlinks: true });
  }
}
