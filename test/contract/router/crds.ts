import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import type { KubeObject } from '../../../src/domain/object.ts';

/** Where the projects publish the definitions of what routers write, each as a Go module and a path in it. */
const SOURCES = [
  ['sigs.k8s.io/gateway-api@v1.6.1', 'config/crd/standard'],
  ['istio.io/api@v1.31.1', 'kubernetes/customresourcedefinitions.gen.yaml'],
  ['knative.dev/serving@v0.49.1', 'config/core/300-resources'],
] as const;

/** Whether Go is there to get the definitions. */
export function hasGo(): boolean {
  return spawnSync('go', ['version']).status === 0;
}

/**
 * The definitions of the kinds with these plural names.
 * @throws Error when a module cannot be had
 */
export function publishedCrds(names: ReadonlySet<string>): KubeObject[] {
  return SOURCES.flatMap(([module, path]) => documentsAt(join(moduleFolder(module), path))).filter(
    ({ metadata }) => names.has(metadata.name),
  );
}

function documentsAt(path: string): KubeObject[] {
  const files = path.endsWith('.yaml')
    ? [path]
    : readdirSync(path)
        .filter((file) => file.endsWith('.yaml'))
        .map((file) => join(path, file));
  return files.flatMap((file) =>
    (loadAll(readFileSync(file, 'utf8')) as (KubeObject | null)[]).filter(
      (document): document is KubeObject => document?.kind === 'CustomResourceDefinition',
    ),
  );
}

function moduleFolder(module: string): string {
  const answer = spawnSync('go', ['mod', 'download', '-json', module], {
    encoding: 'utf8',
    cwd: '/',
  });
  if (answer.status !== 0) throw new Error(`go mod download ${module} failed: ${answer.stderr}`);
  return (JSON.parse(answer.stdout) as { Dir: string }).Dir;
}
