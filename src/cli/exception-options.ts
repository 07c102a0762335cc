import type { Command } from 'commander';

/** Declares which exceptions count, with the defaults of `serve`: \`sluiceNamespace\` and \`exceptionNamespaces\`. */
export function addExceptionOptions(verb: Command): Command {
  return verb
    .option(
      '--sluice-namespace <name>',
      'namespace whose exceptions reach everything',
      'sluice-system',
    )
    .option(
      '--exception-namespaces <names>',
      'comma list of others whose exceptions count; *: all',
      '',
    );
}
