/** Agreement with Kubernetes' own CEL, for the page of benchmarks. `npm run test:vectors` shows what differs. */
import { hasVectors, vectorFolder } from '../vectors/recorded.ts';
import { vectorRows } from '../vectors/table.ts';
import type { VectorRow } from './page.ts';

/** One row a file; lines that need Go's built-in types are left out. */
export async function vectorTable(): Promise<VectorRow[]> {
  if (hasVectors()) return vectorRows(vectorFolder());
  console.log(
    'vectors: skipped, no recorded vectors; set SLUICE_SHARED to the folder that has them',
  );
  return [];
}
