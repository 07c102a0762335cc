/**
 * Makes the container image's file tree without a container runtime: reads the Dockerfile and carries out its steps,
 * each stage in an empty folder, then starts the result once.
 *
 *     node scripts/image.ts --output FOLDER
 *
 * Understands what this Dockerfile uses: ARG, FROM … AS, WORKDIR, ENV, COPY [--from], RUN, USER, EXPOSE, ENTRYPOINT,
 * CMD. Another instruction is an error, so that a new step cannot be skipped unseen.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

const context = new URL('..', import.meta.url).pathname;

interface Stage {
  readonly root: string;
  workdir: string;
  readonly environment: Record<string, string>;
  entrypoint: string[];
}

const { values } = parseArgs({
  options: { output: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.output === undefined || values.help === true) {
  console.error('usage: node scripts/image.ts --output FOLDER');
  process.exit(values.help === true ? 0 : 2);
}
build(values.output);

function build(output: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-image-'));
  try {
    const final = runSteps(scratch);
    rmSync(output, { recursive: true, force: true });
    cpSync(join(final.root, final.workdir), output, { recursive: true, verbatimSymlinks: true });
    assertStarts(final, output);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function runSteps(scratch: string): Stage {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const [instruction, rest] of instructions()) {
    if (instruction === 'ARG') continue;
    if (instruction === 'FROM') {
      const name = / AS (\S+)$/i.exec(rest)?.[1] ?? `stage-${stages.size}`;
      stage = newStage(join(scratch, name));
      stages.set(name, stage);
      continue;
    }
    if (stage === undefined) throw new Error(`${instruction} before FROM`);
    step(stage, instruction, rest, stages);
  }
  if (stage === undefined) throw new Error('the Dockerfile has no stage');
  return stage;
}

function newStage(root: string): Stage {
  mkdirSync(root, { recursive: true });
  return { root, workdir: '/', environment: {}, entrypoint: [] };
}

/** Instructions with continuation lines joined and comments dropped. */
function instructions(): [string, string][] {
  const text = readFileSync(join(context, 'Dockerfile'), 'utf8').replaceAll(/\\\n\s*/g, '');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, word = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
      return [word.toUpperCase(), rest];
    });
}

function step(stage: Stage, instruction: string, rest: string, stages: Map<string, Stage>): void {
  const folder = join(stage.root, stage.workdir);
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
      console.log(`RUN ${rest}`);
      execFileSync('sh', ['-ec', rest], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, NODE_ENV: 'development', ...stage.environment },
      });
      return;
    case 'COPY':
      copy(stage, rest, stages);
      return;
    case 'ENTRYPOINT':
      stage.entrypoint = JSON.parse(rest) as string[];
      return;
    case 'USER':
    case 'EXPOSE':
    case 'CMD':
      return;
    default:
      throw new Error(`this script does not know the Dockerfile instruction ${instruction}`);
  }
}

function copy(stage: Stage, rest: string, stages: Map<string, Stage>): void {
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

/** The result must say its version with nothing else around it. */
function assertStarts(stage: Stage, output: string): void {
  const [program, ...args] = stage.entrypoint;
  const command = program === 'node' ? process.execPath : String(program);
  const result = spawnSync(command, [...args, '--version'], {
    cwd: output,
    encoding: 'utf8',
    env: {},
  });
  if (result.status !== 0) throw new Error(`the image does not start: ${result.stderr}`);
  console.log(`image starts: sluice ${result.stdout.trim()}`);
}
