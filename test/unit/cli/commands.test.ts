import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../src/cli/index.ts';

describe.each(Object.entries(COMMANDS))('%s', (name, { load }) => {
  it('is the command of that name, and its help has an example', async () => {
    const command = await load();
    expect(command.name).toBe(name);
    const written: string[] = [];
    const verb = new Command(name).configureOutput({ writeOut: (text) => written.push(text) });
    command.configure(verb);
    verb.outputHelp();
    expect(written.join('')).toMatch(/Examples?:/);
  });
});
