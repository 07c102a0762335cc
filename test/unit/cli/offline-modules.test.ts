import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Starts the command line in a process of its own, and lists every module that it loaded. */
function modulesOf(...argv: string[]): { status: number | null; modules: string[] } {
  const hook = `import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({ load: (url, context, next) => { urls.push(url); return next(url, context); } });
    process.on('exit', () => process.stderr.write('MODULES ' + JSON.stringify(urls)));`;
  const imported = `data:text/javascript,${encodeURIComponent(hook)}`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', imported, 'src/main.ts', ...argv],
    { encoding: 'utf8', input: '{"id": 1, "expression": "1 + 1"}\n' },
  );
  const [, listed = '[]'] = stderr.split('MODULES ');
  return { status, modules: JSON.parse(listed) as string[] };
}

describe('commands without a cluster', () => {
  it.each([
    ['lint', ['lint', 'policies'], ['node_modules/yaml/', 'node_modules/rrule-temporal/']],
    ['test', ['test', 'policies'], ['node_modules/yaml/']],
    ['check', ['check', '-p', 'policies', 'policies/packs/baseline.yaml'], ['node_modules/yaml/']],
    ['eval', ['eval'], ['node_modules/yaml/']],
    ['report', ['report', 'controls', '-f', 'soc2', 'policies'], ['node_modules/yaml/']],
  ])('%s loads no Kubernetes client', (name, argv, more) => {
    const { status, modules } = modulesOf(...argv);
    expect(status).toBe(0);
    expect(modules.some((url) => url.endsWith(`/src/cli/${name}.ts`))).toBe(true);
    const heavy = ['/@kubernetes/client-node/', '/src/kube/', '/node-forge/', '/express/', ...more];
    expect(modules.filter((url) => heavy.some((part) => url.includes(part)))).toEqual([]);
  });
});
