import { execFile } from 'node:child_process';

/** Runs kubectl and gives its standard output; rejects with its standard error when it fails. */
export type Kubectl = (args: readonly string[], stdin?: string) => Promise<string>;

/** The pod runner lives in this process, so kubectl must never block it. */
export function createKubectl(program: string, kubeconfig: string): Kubectl {
  return (args, stdin) =>
    new Promise((resolve, reject) => {
      const child = execFile(
        program,
        ['--kubeconfig', kubeconfig, ...args],
        { maxBuffer: 64 * 2 ** 20 },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`));
        },
      );
      child.stdin?.end(stdin ?? '');
    });
}
