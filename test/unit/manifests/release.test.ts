import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pinBase, readBase } from '../../../scripts/release/base-image.ts';
import { setVersion, versionsIn, VERSIONED_FILES } from '../../../scripts/release/versions.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const packageJson = JSON.parse(read('package.json')) as {
  version: string;
  optionalDependencies: Record<string, string>;
};
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('the base image', () => {
  it('is named by the exact version of Node that the project runs with', () => {
    const [version] = Object.values(packageJson.optionalDependencies);
    expect(readBase(read('Dockerfile'))).toMatchObject({ name: 'node', tag: `${version}-slim` });
  });

  it('is pinned by a digest, and pinned anew', () => {
    const once = pinBase(read('Dockerfile'), digest);
    expect(readBase(once).digest).toBe(digest);
    const other = `sha256:${'f'.repeat(64)}`;
    expect(pinBase(once, other)).toBe(pinBase(read('Dockerfile'), other));
  });

  it.each(['', 'latest', 'sha256:', `sha256:${'F'.repeat(64)}`, `sha512:${'0'.repeat(64)}`, `${digest}0`])(
    'is not pinned by %j',
    (wrong) => {
      expect(() => pinBase(read('Dockerfile'), wrong)).toThrow(/64 lower-case hex/);
    },
  );

  it('must be there', () => {
    expect(() => readBase('FROM node')).toThrow(/no line ARG NODE_IMAGE/);
    expect(() => readBase('ARG NODE_IMAGE=node:26@sha256:1')).toThrow(/64 lower-case hex/);
  });
});

describe('the version', () => {
  it('is the same in every file that names it', () => {
    const named = VERSIONED_FILES.flatMap((file) => versionsIn(file, read(file)));
    expect(named).toHaveLength(7);
    expect([...new Set(named)]).toEqual([packageJson.version]);
  });

  it.each(VERSIONED_FILES)('can be set in %s, and nothing else changes', (file) => {
    const changed = setVersion(file, read(file), '9.8.7-rc.1');
    expect([...new Set(versionsIn(file, changed))]).toEqual(['9.8.7-rc.1']);
    expect(setVersion(file, changed, packageJson.version)).toBe(read(file));
    expect(() => setVersion(file, changed, 'v1')).toThrow(/MAJOR.MINOR.PATCH/);
  });
});
