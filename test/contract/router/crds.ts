import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { PublishedDefinitions } from './fixture.ts';

/** Whether Go is there to get the definitions. */
export function hasGo(): boolean {
  return spawnSync('go', ['version']).status === 0;
}

/**
 * Definitions that a project publishes.
 * @throws Error when the module cannot be had, or has not all of them
 */
export function publishedCrds({ module, path, names }: PublishedDefinitions): KubeObject[] {
  const documents = documentsAt(join(moduleFolder(module), path));
  return names.map((name) => {
    const found = documents.find(({ metadata }) => metadata.name === name);
    if (found === undefined) throw new Error(`no definition ${name} in ${module}`);
    return found;
  });
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
