import type { SuiteContext } from './suite.ts';
export async function storySuite(context: SuiteContext): Promise<void> {
  console.log(await context.kubectl(['get', 'pods', '-A', '-o', 'wide']));
}
