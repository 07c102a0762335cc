import { describe, expect, test } from 'vitest';
import { isMeaningless, MUTANTS, type Contract, type MutantName } from './contract.ts';
import { fixturesOf, loadPlugins, type Tried } from './load.ts';

/** What became of a mutant: the case that caught it, or why it would be no mistake. */
export type MutantEnd = { readonly caughtBy: string } | { readonly because: string };

declare module 'vitest' {
  interface TaskMeta {
    /** Of the test of a mutant. */
    mutant?: MutantEnd;
  }
}

/** Has vitest try every plug-in of an interface, and every mutant of each. */
export async function describeContract<Plugin extends object, Fixture>(
  contract: Contract<Plugin, Fixture>,
): Promise<void> {
  const { tried, orphans } = await loadPlugins(contract);
  test(`every ${contract.of} is in the generated index and has a fixture`, () => {
    expect(new Set(tried.map(({ plugin }) => plugin))).toEqual(new Set(contract.index));
    const without = tried.flatMap(({ name, fixture }) => (fixture === undefined ? [name] : []));
    expect(without, `no file in ${fixturesOf(contract)}`).toEqual([]);
    expect(orphans, `no plug-in in src/delivery/${contract.of}`).toEqual([]);
  });
  for (const each of tried) describePlugin(contract, each);
}

function describePlugin<Plugin extends object, Fixture>(
  contract: Contract<Plugin, Fixture>,
  tried: Tried<Plugin, Fixture>,
): void {
  const { name, plugin, fixture, cases } = tried;
  if (fixture === undefined) return;
  describe(`${contract.of} ${name}`, () => {
    for (const { name: title, run } of cases) test(title, () => run(plugin, fixture));
    test('no two cases have one name', () => {
      const names = cases.map((each) => each.name);
      expect(names.filter((each, i) => names.indexOf(each) !== i)).toEqual([]);
    });
    describe('mutants', () => {
      for (const mutant of MUTANTS) {
        test(mutant, async ({ task }) => {
          const end = await endOf(contract, tried, mutant);
          expect(end, `a ${name} that ${mutant} passes every case`).toBeDefined();
          if (end !== undefined) task.meta.mutant = end;
        });
      }
    });
  });
}

/** What becomes of a mutant; undefined when it survives. */
async function endOf<Plugin extends object, Fixture>(
  { mutants }: Contract<Plugin, Fixture>,
  { plugin, fixture, cases }: Tried<Plugin, Fixture>,
  name: MutantName,
): Promise<MutantEnd | undefined> {
  if (fixture === undefined) return undefined;
  for (const each of cases) {
    const mutant = mutants[name](plugin, fixture);
    if (isMeaningless(mutant)) return mutant;
    try {
      await each.run(mutant, fixture);
    } catch {
      return { caughtBy: each.name };
    }
  }
  return undefined;
}
