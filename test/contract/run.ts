/**
 * Lists every plug-in with the cases of its contract and what caught each mutant of it; ends with `N passed, N failed`.
 * The same files run in `npm test`.
 *
 * Usage: node test/contract/run.ts [interface…]   (router, metric-provider, notifier, scaler, workload, hook)
 */
import { existsSync, readdirSync } from 'node:fs';
import { startVitest, type TestCase, type TestModule, type TestSuite } from 'vitest/node';
import type {} from './frame/describe-contract.ts';

const folders = process.argv.slice(2);
const known = readdirSync('test/contract').filter((name) =>
  existsSync(`test/contract/${name}/contract.ts`),
);
const unknown = folders.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no contract ${unknown.join(', ')}; there are ${known.join(', ')}\n`);
  process.exit(2);
}

const wanted = (folders.length > 0 ? folders : known).map((name) => `test/contract/${name}/`);
const vitest = await startVitest(wanted, {
  run: true,
  watch: false,
  reporters: [{}],
  config: 'vitest.config.ts',
});
const modules = vitest.state.getTestModules();
modules.sort((a, b) => a.moduleId.localeCompare(b.moduleId)).forEach(printModule);

const tests = modules.flatMap(({ children }) => [...children.allTests()]);
const failed = tests.filter((each) => !hasPassed(each));
const broken = modules.flatMap((module) => module.errors());
const plugins = modules.flatMap(pluginsOf);
const caught = tests.filter((each) => 'caughtBy' in (each.meta().mutant ?? {}));
const meaningless = tests.filter((each) => 'because' in (each.meta().mutant ?? {}));
process.stdout.write(
  `\n${plugins.length} plug-ins; mutants: ${caught.length} caught, ${meaningless.length} that would be no mistake\n`,
);
process.stdout.write(
  `${tests.length - failed.length} passed, ${failed.length + broken.length} failed\n`,
);
await vitest.close();
process.exitCode = tests.length > 0 && failed.length + broken.length === 0 ? 0 : 1;

function hasPassed(test: TestCase): boolean {
  return ['passed', 'skipped'].includes(test.result().state);
}

/** Suites that are about one plug-in. */
function pluginsOf({ children }: TestModule): TestSuite[] {
  return [...children.suites()].filter((suite) =>
    [...suite.children.suites()].some(({ name }) => name === 'mutants'),
  );
}

function printModule(module: TestModule): void {
  for (const error of module.errors()) process.stdout.write(`FAIL ${error.message}\n`);
  const plugins = new Set<TestSuite | TestModule>(pluginsOf(module));
  for (const plugin of plugins) {
    if (plugin.type !== 'suite') continue;
    process.stdout.write(`\n${plugin.name}\n`);
    for (const each of plugin.children.allTests()) printTest(each);
  }
  const others = [...module.children.allTests()].filter((each) => !isOf(each, plugins));
  if (others.length > 0) process.stdout.write(`\n${module.relativeModuleId}\n`);
  for (const each of others) printTest(each);
}

function isOf(test: TestCase, suites: ReadonlySet<TestSuite | TestModule>): boolean {
  for (let at: TestCase | TestSuite | TestModule = test; at.type !== 'module'; at = at.parent) {
    if (at.type === 'suite' && suites.has(at)) return true;
  }
  return false;
}

function printTest(test: TestCase): void {
  const { state, errors } = test.result();
  const mark = state === 'passed' ? 'ok  ' : state === 'skipped' ? '-   ' : 'FAIL';
  process.stdout.write(`  ${mark} ${titleOf(test)}\n`);
  for (const { message } of errors ?? []) {
    process.stdout.write(`       ${message.split('\n').join('\n       ')}\n`);
  }
}

function titleOf(test: TestCase): string {
  const { mutant } = test.meta();
  const name =
    test.parent.type === 'suite' && test.parent.name === 'mutants'
      ? `mutant that ${test.name}`
      : test.name;
  if (mutant === undefined) return name;
  if ('because' in mutant) return `${name}: no mistake, ${mutant.because}`;
  return `${name}: caught by “${mutant.caughtBy}”`;
}
