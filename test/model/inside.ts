/** Explores one scenario and prints what was found as one line of JSON: run by `run.ts`, also in a mutated copy. */
import { parseArgs } from 'node:util';
import { Explorer } from './explorer.ts';
import { scenarioOf } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: '' },
    states: { type: 'string', default: '1000' },
    disturbances: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    first: { type: 'boolean', default: false },
  },
});
const findings = await new Explorer(scenarioOf(values.scenario), {
  states: Number(values.states),
  disturbances: Number(values.disturbances),
  stopAtFirst: values.first,
  seed: Number(values.seed),
}).explore();
console.log(JSON.stringify({ ...findings, checked: Object.fromEntries(findings.checked) }));
