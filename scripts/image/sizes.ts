import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface SizeRow {
  readonly name: string;
  readonly bytes: number;
  readonly files: number;
}

/** Packages that are listed by name; the others are one row. */
const LISTED = 8;

/** What a folder holds, largest first: each of its entries, and in `node_modules` each package. */
export function sizesOf(folder: string): { total: SizeRow; rows: SizeRow[] } {
  const parts = readdirSync(folder).filter((name) => name !== 'node_modules');
  const own = parts.map((name) => measure(name, join(folder, name)));
  const packages = bySize(packagesOf(join(folder, 'node_modules')));
  const rest = sum(`${packages.length - LISTED} other packages`, packages.slice(LISTED));
  const listed = packages.slice(0, LISTED);
  const rows = [...bySize(own), ...listed, ...(rest.files > 0 ? [rest] : [])];
  return { total: sum('all of it', rows), rows };
}

/** The rows as a text table; megabytes of 10^6 bytes. */
export function sizeTable({ total, rows }: ReturnType<typeof sizesOf>): string {
  const width = Math.max(...[total, ...rows].map(({ name }) => name.length));
  return [...rows, total]
    .map(({ name, bytes, files }) => {
      const size = (bytes / 1e6).toFixed(1).padStart(7);
      return `${name.padEnd(width)} ${size} MB ${String(files).padStart(6)} files`;
    })
    .join('\n');
}

function packagesOf(folder: string): SizeRow[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(folder, name)).map((sub) => `${name}/${sub}`)
        : [name],
    )
    .map((name) => measure(name, join(folder, name)));
}

function measure(name: string, path: string): SizeRow {
  const info = lstatSync(path);
  if (!info.isDirectory()) return { name, bytes: info.size, files: 1 };
  return sum(
    name,
    readdirSync(path).map((entry) => measure(entry, join(path, entry))),
  );
}

function sum(name: string, rows: readonly SizeRow[]): SizeRow {
  const add = (pick: (row: SizeRow) => number): number =>
    rows.reduce((total, row) => total + pick(row), 0);
  return { name, bytes: add(({ bytes }) => bytes), files: add(({ files }) => files) };
}

function bySize(rows: readonly SizeRow[]): SizeRow[] {
  return [...rows].sort((left, right) => right.bytes - left.bytes);
}
