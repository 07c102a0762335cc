import { SluiceError } from '../domain/errors.ts';
import type { CliCommand } from './command.ts';

/**
 * The verbs. Each is loaded only when it is called, so that offline commands load neither the Kubernetes client nor
 * the servers.
 */
export const COMMANDS: Readonly<
  Record<string, { summary: string; load: () => Promise<CliCommand> }>
> = {
  serve: {
    summary: 'Run the admission webhook and the rollout controller in a cluster',
    load: async () => (await import('./serve.ts')).command,
  },
  sandbox: {
    summary: 'Run all of it on this machine, with an in-memory Kubernetes',
    load: loadSandbox,
  },
  lint: {
    summary:
      'Say what is wrong with policies, bindings, windows, exceptions and budgets, and where',
    load: async () => (await import('./lint.ts')).command,
  },
  test: {
    summary: 'Run the test cases of policies, with coverage',
    load: async () => (await import('./test.ts')).command,
  },
  check: {
    summary: 'Say which manifests violate these policies',
    load: async () => (await import('./check.ts')).command,
  },
  eval: {
    summary: 'Evaluate expressions and policies, a JSON line each',
    load: async () => (await import('./eval.ts')).command,
  },
  status: {
    summary: 'Show what runs now, what holds it and until when',
    load: async () => (await import('./status.ts')).command,
  },
  approve: {
    summary: 'Approve a rollout or an exception',
    load: async () => (await import('./approve.ts')).command,
  },
  reject: {
    summary: 'Reject a rollout, which ends it, or an exception',
    load: async () => (await import('./reject.ts')).command,
  },
  promote: {
    summary: 'Promote a rollout without the rest of its analysis',
    load: async () => (await import('./promote.ts')).command,
  },
  abort: {
    summary: 'Abort a rollout: all traffic goes back to the primary',
    load: async () => (await import('./abort.ts')).command,
  },
  retry: {
    summary: 'Roll out the revision of a failed run again',
    load: async () => (await import('./retry.ts')).command,
  },
  pause: {
    summary: 'Pause a rollout: its weight stays where it is',
    load: async () => (await import('./pause.ts')).command,
  },
  resume: {
    summary: 'Let a paused rollout go on',
    load: async () => (await import('./resume.ts')).command,
  },
  handback: {
    summary: 'Hand Canaries back to Flagger',
    load: async () => (await import('./handback.ts')).command,
  },
  report: {
    summary: 'Show what enforces the controls of a framework, where, and what it found',
    load: async () => (await import('./report.ts')).command,
  },
  crds: {
    summary: 'Print the definitions of our kinds, and of Flagger’s',
    load: async () => (await import('./crds.ts')).command,
  },
  uninstall: {
    summary: 'Stop the webhook and remove its registration, before an uninstallation',
    load: async () => (await import('./uninstall.ts')).command,
  },
};

async function loadSandbox(): Promise<CliCommand> {
  try {
    return (await import('./sandbox.ts')).command;
  } catch (error) {
    // The production image is built without the sandbox.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new SluiceError('SLUICE_UNSUPPORTED', 'the sandbox is not part of this installation', {
      cause: error,
    });
  }
}
