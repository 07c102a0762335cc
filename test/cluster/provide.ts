/** Builds or downloads every program that the cluster suites run; what the cache has already takes no time. */
import { provideBinaries } from './binaries.ts';

provideBinaries(
  (line) => {
    console.log(line);
  },
  { helm: true },
);
