import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A series as the HTTP API shows it: pairs of seconds and a number as text. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

export interface Rule {
  readonly name: string;
  readonly type: 'alerting' | 'recording';
  readonly health: string;
  readonly lastError?: string;
  readonly alerts?: readonly Alert[];
}

/** Seconds between two scrapes. */
export const SCRAPE_SECONDS = 1;

/** Debian's prometheus that scrapes these targets and evaluates the shipped rules. */
export class Prometheus {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #url = '';

  /** @param folder for its data and log; it is made */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** @throws Error with the end of its log when it does not become ready */
  async start(targets: Readonly<Record<string, string>>): Promise<void> {
    const port = await freePort();
    const config = join(this.#folder, 'prometheus.yml');
    writeFileSync(config, JSON.stringify(configuration(targets)));
    const log = openSync(join(this.#folder, 'log'), 'a');
    this.#child = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(this.#folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', log, log] },
    );
    this.#url = `http://127.0.0.1:${port}`;
    for (let attempt = 0; attempt < 100; attempt++) {
      const ready = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
      if (ready?.ok === true) return;
      await sleep(100);
    }
    throw new Error(`prometheus is not ready:\n${readFileSync(join(this.#folder, 'log'), 'utf8')}`);
  }

  /** Values over a time, one each second. @throws Error with what Prometheus says against the query */
  async range(query: string, start: number, end: number): Promise<Series[]> {
    const data = (await this.#ask('query_range', {
      query,
      start: String(start),
      end: String(end),
      step: String(SCRAPE_SECONDS),
    })) as { readonly result: Series[] };
    return data.result;
  }

  /** The rules that it evaluates, as they are now. */
  async rules(): Promise<Rule[]> {
    const { groups } = (await this.#ask('rules', {})) as {
      readonly groups: readonly { readonly rules: readonly Rule[] }[];
    };
    return groups.flatMap(({ rules }) => rules);
  }

  /** Values of a label among the series that match. */
  async labelValues(match: string, label: string): Promise<string[]> {
    return (await this.#ask(`label/${label}/values`, { 'match[]': match })) as string[];
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }

  async #ask(path: string, parameters: Record<string, string>): Promise<unknown> {
    const search = new URLSearchParams(parameters).toString();
    const response = await fetch(`${this.#url}/api/v1/${path}?${search}`);
    const body = (await response.json()) as { status: string; error?: string; data: unknown };
    if (body.status !== 'success') throw new Error(body.error ?? 'no answer');
    return body.data;
  }
}

function configuration(targets: Readonly<Record<string, string>>): object {
  const interval = `${SCRAPE_SECONDS}s`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: [resolve('manifests/alerts/*.yaml')],
    scrape_configs: [{ job_name: 'sluice', static_configs: [{ targets: Object.values(targets) }] }],
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
