import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

const SCHEMA = join(process.env['SLUICE_SHARED'] ?? '../shared', 'crds/flagger-api-schema.yaml');

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
}

interface Definition {
  metadata: { name: string };
  spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
}

/** Paths of every field of a Canary's spec. */
function schemaPaths(): string[] {
  const all = parseAllDocuments(readFileSync(SCHEMA, 'utf8')).map(
    (document) => document.toJS() as Definition | null,
  );
  const canaries = all.find((each) => each?.metadata.name === 'canaries.flagger.app');
  const schema = canaries?.spec.versions[0]?.schema.openAPIV3Schema.properties?.['spec'];
  return schema === undefined ? [] : pathsOf(schema, 'spec');
}

function pathsOf({ properties = {}, items }: Schema, path: string): string[] {
  const own = Object.entries(properties).flatMap(([name, schema]) => [
    `${path}.${name}`,
    ...pathsOf(schema, `${path}.${name}`),
  ]);
  return items === undefined ? own : [...own, ...pathsOf(items, `${path}[]`)];
}

/** Paths of the first column of the tables. */
function documentedPaths(): string[] {
  const page = readFileSync('docs/reference/canary-fields.md', 'utf8');
  return [...page.matchAll(/^\| `(spec\.[^`]+)` \|/gm)].map(([, path]) => path ?? '');
}

function covers(row: string, path: string): boolean {
  if (!row.endsWith('.**')) return row === path;
  const root = row.slice(0, -'.**'.length);
  return path === root || path.startsWith(`${root}.`) || path.startsWith(`${root}[]`);
}

test('the page has each field of the schema, once, and no other', () => {
  if (!existsSync(SCHEMA)) {
    const message = `no schema at ${SCHEMA}; set SLUICE_SHARED`;
    if (process.env['CI'] !== undefined) throw new Error(message);
    process.stderr.write(`${message}: the page is not compared\n`);
    return;
  }
  const rows = documentedPaths();
  const paths = schemaPaths();
  expect(paths.length).toBeGreaterThan(200);
  expect(paths.filter((path) => !rows.some((row) => covers(row, path)))).toEqual([]);
  expect(rows.filter((row) => !paths.some((path) => covers(row, path)))).toEqual([]);
  expect(new Set(rows).size).toBe(rows.length);
});
