import type { CliCommand } from './command.ts';

/**
 * The verbs. Each is loaded only when it is called, so that offline commands load neither the Kubernetes client nor
 * the servers.
 */
export const COMMANDS: Readonly<
  Record<string, { summary: string; load: () => Promise<CliCommand> }>
> = {};
