/**
 * Sets the version everywhere it stands: package.json and its lockfile, the chart, the image tag of manifests/base.
 *
 *     node scripts/release/version.ts 0.2.0
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { setVersion, VERSIONED_FILES } from './versions.ts';

const ROOT = new URL('../../', import.meta.url);
const [version = ''] = process.argv.slice(2);

try {
  for (const file of VERSIONED_FILES) {
    const url = new URL(file, ROOT);
    writeFileSync(url, setVersion(file, readFileSync(url, 'utf8'), version));
  }
  console.log(`version ${version} in ${VERSIONED_FILES.join(', ')}`);
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
