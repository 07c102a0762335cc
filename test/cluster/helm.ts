import { execFile } from 'node:child_process';

/** Runs helm and gives its standard output; rejects with its standard error when it fails. */
export type Helm = (args: readonly string[]) => Promise<string>;

/** The pod runner lives in this process, so helm must never block it. `home` holds what helm keeps on disk. */
export function createHelm(program: string, kubeconfig: string, home: string): Helm {
  const env = { PATH: process.env['PATH'], HOME: home };
  return (args) =>
    new Promise((resolve, reject) => {
      const options = { env, maxBuffer: 64 * 2 ** 20 };
      execFile(program, ['--kubeconfig', kubeconfig, ...args], options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`helm ${args.join(' ')}: ${stderr.trim()}`));
      });
    });
}
