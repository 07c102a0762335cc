import { routerOf } from '../delivery/plugins.ts';
import { ProblemError } from '../delivery/problem.ts';
import { SluiceError } from '../domain/errors.ts';

/**
 * @throws SluiceError SLUICE_CONFIG that lists the known providers: a typo must not become some other provider
 */
export function assertKnownProvider(provider: string): void {
  try {
    routerOf(provider);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw new SluiceError('SLUICE_CONFIG', `--mesh-provider: ${error.problem.message}`, {
      cause: error,
    });
  }
}
