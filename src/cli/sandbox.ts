import type { Command } from 'commander';
import { loadAll } from 'js-yaml';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProduct } from '../app.ts';
import { systemClock, type Clock } from '../domain/clock.ts';
import { SluiceError } from '../domain/errors.ts';
import { silentLogger } from '../domain/logger.ts';
import type { KubeObject } from '../domain/object.ts';
import { VirtualClock } from '../domain/virtual-clock.ts';
import { driveClock } from '../sandbox/drive-clock.ts';
import { kubeconfig } from '../sandbox/kubeconfig.ts';
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts';
import { GATEWAY } from '../sandbox/surroundings.ts';
import { parseStory, tellStory } from '../sandbox/story/parse-story.ts';
import { playStory } from '../sandbox/story/player.ts';
import { createProgress } from '../sandbox/story/progress.ts';
import { seededRandom } from '../sandbox/story/seeded-random.ts';
import { shuffleStory } from '../sandbox/story/shuffle.ts';
import type { StoryEvent, StoryResult } from '../sandbox/story/story-event.ts';
import type { StoryTemplate, Variables } from '../sandbox/story/story.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { CliCommand, CliContext, ExitCode } from './command.ts';
import { sandboxHints } from './sandbox-hints.ts';

const MANIFESTS = new URL('../../manifests/', import.meta.url);
const CRD_FILES = ['crds/flagger.yaml', 'crds/sluice.yaml'];
const NAMESPACE = 'shop';
const DEFAULT_PORT = 6480;
const DEFAULT_RATE = 60;
const MAX_RATE = 500;
const VIRTUAL_LIMIT_MS = 3_600_000;

interface SandboxFlags {
  readonly exit: boolean;
  readonly json: boolean;
  readonly virtual: boolean;
  readonly shuffle: string | undefined;
  readonly port: number;
  readonly rate: number;
  readonly verbose: boolean;
}

/** `sluice sandbox`: the whole product on this machine, and a day of releases played on it. */
export const command: CliCommand = {
  name: 'sandbox',
  summary: 'run all of it on this machine with an in-memory Kubernetes',
  configure,
  run: (_args, options, context) => runSandbox(flagsOf(options), context),
};

function configure(verb: Command): void {
  verb
    .option('--exit', 'play the story once and exit; 0 only if every outcome holds')
    .option('--json', 'one JSON object a line instead of prose')
    .option('--shuffle <seed>', 'play another day: other names, steps, error rates and order')
    .option('--virtual', 'play under a virtual clock, without sockets; needs --exit')
    .option(
      '--port <number>',
      'port of the API server; another is taken when it is in use',
      String(DEFAULT_PORT),
    )
    .option('--rate <number>', 'requests per second to each workload', String(DEFAULT_RATE))
    .option('--verbose', "show the product's own log on standard error")
    .addHelpText(
      'after',
      '\nExample:\n  sluice sandbox --shuffle 42 --exit   plays the day with seed 42 once\n',
    );
}

function flagsOf(options: Readonly<Record<string, unknown>>): SandboxFlags {
  const flags = {
    exit: options['exit'] === true,
    json: options['json'] === true,
    virtual: options['virtual'] === true,
    verbose: options['verbose'] === true,
    shuffle: options['shuffle'] as string | undefined,
    port: integerOf(options, 'port', 65_535),
    rate: integerOf(options, 'rate', MAX_RATE),
  };
  if (flags.virtual && !flags.exit) {
    throw new SluiceError(
      'SLUICE_CONFIG',
      '--virtual needs --exit: nothing could reach the sandbox afterwards',
    );
  }
  return flags;
}

function integerOf(options: Readonly<Record<string, unknown>>, name: string, most: number): number {
  const value = Number(options[name]);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new SluiceError('SLUICE_CONFIG', `--${name} must be a whole number from 0 to ${most}`);
}

async function runSandbox(flags: SandboxFlags, context: CliContext): Promise<ExitCode> {
  if (!flags.virtual) return playDay(flags, context, systemClock);
  const clock = new VirtualClock();
  return driveClock(clock, playDay(flags, context, clock), VIRTUAL_LIMIT_MS);
}

async function playDay(flags: SandboxFlags, context: CliContext, clock: Clock): Promise<ExitCode> {
  const day = dayOf(flags.shuffle);
  const sandbox = await startSandbox({
    clock,
    random: seededRandom(flags.shuffle ?? 'sandbox'),
    logger: flags.verbose
      ? createLogger({ level: 'debug', destination: context.stderr })
      : silentLogger,
    signal: context.signal,
    network: flags.virtual ? 'memory' : 'sockets',
    port: flags.port,
    requestsPerSecond: flags.rate,
    crds: readCrds(),
    startProduct,
  });
  const folder = mkdtempSync(join(tmpdir(), 'sluice-sandbox-'));
  try {
    const say = (text: string): void => {
      if (!flags.json) context.stdout.write(text);
    };
    const file = writeKubeconfig(folder, sandbox);
    if (file !== undefined)
      say(sandboxHints({ file, namespace: NAMESPACE, workload: day.workload, sandbox }).atStart);
    const result = await play(day, { flags, context, sandbox, clock });
    if (flags.exit || file === undefined) return result.ok ? 0 : 1;
    say(sandboxHints({ file, namespace: NAMESPACE, workload: day.workload, sandbox }).afterwards);
    await aborted(context.signal);
    return 0;
  } catch (error) {
    if (context.signal.aborted) return flags.exit ? 3 : 0;
    throw error;
  } finally {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function play(
  { template, variables }: Day,
  { flags, context, sandbox, clock }: Stage,
): Promise<StoryResult> {
  const write = (text: string): void => {
    context.stdout.write(text);
  };
  const report = flags.json
    ? (event: StoryEvent): void => {
        write(`${JSON.stringify(event)}\n`);
      }
    : createProgress(write, context.interactive);
  const { surroundings, client } = sandbox;
  const story = tellStory(template, {
    NAMESPACE,
    GATEWAY_NAME: GATEWAY.name,
    GATEWAY_NAMESPACE: GATEWAY.namespace,
    METRIC_SERVER: surroundings.metricServer,
    ...variables,
  });
  return playStory(story, {
    client,
    clock,
    signal: context.signal,
    report,
    startTraffic: (hosts) => {
      for (const host of hosts) surroundings.load.add(host);
    },
  });
}

interface Stage {
  readonly flags: SandboxFlags;
  readonly context: CliContext;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
}

interface Day {
  readonly template: StoryTemplate;
  readonly variables: Variables;
  /** A workload that the story leaves healthy. */
  readonly workload: string;
}

function dayOf(seed: string | undefined): Day {
  const template = parseStory(
    readFileSync(new URL('examples/story/story.yaml', MANIFESTS), 'utf8'),
  );
  const day =
    seed === undefined
      ? { template, variables: {} as Variables }
      : shuffleStory(template, seededRandom(seed));
  const workload = String(day.variables['GOOD'] ?? template.variables['GOOD']);
  return { ...day, workload };
}

function readCrds(): KubeObject[] {
  return CRD_FILES.flatMap(
    (file) => loadAll(readFileSync(new URL(file, MANIFESTS), 'utf8')) as KubeObject[],
  );
}

/** @returns the file's path; undefined when there is no listener that kubectl could reach */
function writeKubeconfig(folder: string, { url }: Sandbox): string | undefined {
  if (url === undefined) return undefined;
  const file = join(folder, 'kubeconfig');
  writeFileSync(file, kubeconfig({ server: url, namespace: NAMESPACE }), { mode: 0o600 });
  return file;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
