/** Says what is wrong, in a few constant words; undefined while all is well. */
export type HealthCheck = () => string | undefined;

export interface HealthReport {
  readonly ok: boolean;
  /** In the order in which the checks were added. */
  readonly checks: readonly { readonly name: string; readonly problem?: string }[];
}

/** What the probes of a process say. */
export interface Health {
  /**
   * Adds a condition for readiness.
   * @param name as `/readyz?verbose` shows it; unique
   */
  require(name: string, check: HealthCheck): void;
  /** From now on the process is not ready, whatever the checks say. */
  drain(): void;
  live(): HealthReport;
  ready(): HealthReport;
}

/** Health of one process: alive while it answers, ready while every check is content and it does not shut down. */
export function createHealth(): Health {
  const checks = new Map<string, HealthCheck>();
  let draining = false;
  checks.set('shutdown', () => (draining ? 'shutting down' : undefined));
  return {
    require: (name, check) => {
      checks.set(name, check);
    },
    drain: () => {
      draining = true;
    },
    live: () => ({ ok: true, checks: [{ name: 'ping' }] }),
    ready: () => {
      const results = [...checks].map(([name, check]) => {
        const problem = problemOf(check);
        return problem === undefined ? { name } : { name, problem };
      });
      return { ok: results.every(({ problem }) => problem === undefined), checks: results };
    },
  };
}

function problemOf(check: HealthCheck): string | undefined {
  try {
    return check();
  } catch {
    return 'the check itself failed';
  }
}

/** A report as the API server's own probes print it: `[+]name ok`, `[-]name failed: why`. */
export function formatHealth(report: HealthReport, probe: string): string {
  const lines = report.checks.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  return `${[...lines, `${probe} check ${report.ok ? 'passed' : 'failed'}`].join('\n')}\n`;
}
