/**
 * Scenarios beside those of the kit, for its golden.mjs: what strategies, options and gates it has no recording of. What
 * Flagger did in them lies in the folder `recorded`; `node test/golden/run.ts --record` writes it anew.
 */
import { OBJECT_SCENARIOS } from './object-scenarios.ts';
import { RUN_SCENARIOS } from './run-scenarios.ts';

export default [...RUN_SCENARIOS, ...OBJECT_SCENARIOS];
