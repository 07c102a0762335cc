#!/usr/bin/env node
// Starts the command line; an older Node than 26 re-executes itself with the one that npm installed beside it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../dist/main.js', import.meta.url);
const source = new URL('from-source.js', import.meta.url);
const entry = existsSync(compiled) ? compiled : source;

if (Number(process.versions.node.split('.')[0]) >= 26) {
  await import(entry.href);
} else {
  const packaged = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (!existsSync(packaged)) {
    process.stderr.write(`error: sluice needs Node 26 or newer, this is ${process.version}\n`);
    process.exit(2);
  }
  const result = spawnSync(packaged, [fileURLToPath(entry), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exit(result.status ?? 3);
}
