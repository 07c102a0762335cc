import { parseArgs } from 'node:util';
import { Explorer, PROPERTIES } from './explorer.ts';
import { SCENARIOS } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    states: { type: 'string', default: '20000' },
    disturbances: { type: 'string', default: '1' },
    scenario: { type: 'string' },
  },
});
let total = 0;
for (const scenario of SCENARIOS) {
  if (values.scenario !== undefined && scenario.name !== values.scenario) continue;
  const started = performance.now();
  const found = await new Explorer(scenario, {
    states: Number(values.states),
    disturbances: Number(values.disturbances),
    stopAtFirst: false,
  }).explore();
  total += found.states;
  console.log(
    `${scenario.name}: ${found.states} states, ${found.transitions} transitions, ${found.calls} calls, complete ${found.complete}, depth ${found.depth}, ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  for (const { property, detail, trace } of found.violations) {
    console.log(`  ✗ ${property}\n      ${detail}`);
    for (const line of trace) console.log(`      ${line}`);
  }
  for (const name of PROPERTIES)
    if (!found.checked.has(name)) console.log(`  - not checked: ${name}`);
}
console.log(total);
