/**
 * Builds or downloads every program that the cluster suites run, and the oracle that the engine's answers are compared
 * with; what the cache has already takes no time.
 */
import { provideOracle } from '../vectors/oracle.ts';
import { provideBinaries } from './binaries.ts';

const say = (line: string): void => {
  console.log(line);
};

provideBinaries(say, { helm: true, flagger: true, contour: true });
provideOracle(say);
