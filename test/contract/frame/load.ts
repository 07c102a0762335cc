import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Contract, ContractCase, FixtureModule } from './contract.ts';

/** A plug-in as its contract tries it; `fixture` is missing where nobody wrote one. */
export interface Tried<Plugin, Fixture> {
  /** Name of its file, without the ending. */
  readonly name: string;
  readonly plugin: Plugin;
  readonly fixture: Fixture | undefined;
  /** Those of the interface that apply to it, then its own. */
  readonly cases: readonly ContractCase<Plugin, Fixture>[];
}

/** What the folders say; nothing lists plug-ins or fixtures beside them. */
export interface Loaded<Plugin, Fixture> {
  readonly tried: readonly Tried<Plugin, Fixture>[];
  /** Fixtures whose plug-in there is not. */
  readonly orphans: readonly string[];
}

const NOT_PLUGINS = new Set(['index.ts', 'types.ts', 'shared.ts']);

/**
 * Every plug-in of the interface's folder with its fixture.
 * @throws Error when a file of the folder exports no plug-in
 */
export async function loadPlugins<Plugin extends object, Fixture>(
  contract: Contract<Plugin, Fixture>,
): Promise<Loaded<Plugin, Fixture>> {
  const folder = join('src/delivery', contract.of);
  const names = typescriptIn(folder).filter((name) => !NOT_PLUGINS.has(`${name}.ts`));
  const fixtures = typescriptIn(fixturesOf(contract));
  return {
    tried: await Promise.all(names.map((name) => load(contract, name, fixtures.includes(name)))),
    orphans: fixtures.filter((name) => !names.includes(name)),
  };
}

/** Where the fixtures of an interface lie. */
export function fixturesOf({ of }: { readonly of: string }): string {
  return join('test/contract', of, 'fixtures');
}

async function load<Plugin extends object, Fixture>(
  contract: Contract<Plugin, Fixture>,
  name: string,
  hasFixture: boolean,
): Promise<Tried<Plugin, Fixture>> {
  const module = await imported<Record<string, Plugin | undefined>>(
    join('src/delivery', contract.of, `${name}.ts`),
  );
  const plugin = module[contract.exported];
  if (plugin === undefined) throw new Error(`${name}.ts exports no ${contract.exported}`);
  if (!hasFixture) return { name, plugin, fixture: undefined, cases: [] };
  const { fixture, cases = [] } = await imported<FixtureModule<Plugin, Fixture>>(
    join(fixturesOf(contract), `${name}.ts`),
  );
  const all = [...contract.cases, ...cases];
  const applying = all.filter(({ appliesTo }) => appliesTo?.(plugin, fixture) ?? true);
  return { name, plugin, fixture, cases: applying };
}

function typescriptIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
    .sort();
}

async function imported<Module>(path: string): Promise<Module> {
  return (await import(pathToFileURL(path).href)) as Module;
}
