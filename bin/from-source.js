// Starts the command line from its sources. The cache of compiled code is opened before the first of them is loaded: once
// all are in it, the type stripper is never loaded, which takes 30 MB and is not in the image either.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/sluice', import.meta.url)));
await import('../src/main.ts');
