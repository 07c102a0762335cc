import type { KubeObject } from '../../src/domain/object.ts';
import { RESOURCES } from '../../src/domain/resources.ts';
import { canonicalJson } from '../../src/lib/canonical-json.ts';
import type { Json } from '../../src/lib/lossless-json.ts';
import { decide } from '../../src/policy/decide.ts';
import { createPolicyEngine } from '../../src/policy/policy-engine.ts';
import { scanObject } from '../../src/policy/scan.ts';
import { same, type Door } from './admission-door.ts';
import { drawSubject } from './draw-facts.ts';
import { bytesOf } from './in-process.ts';

/** The background scan: its decision, and a result for each violation of it. */
export function openScanDoor(): Door {
  return {
    name: 'scan results',
    check: (random, stage) => {
      const engine = createPolicyEngine(stage.deps);
      const snapshot = engine.snapshot();
      const { resource, object } = drawSubject(random, 'Scan');
      const type = RESOURCES[resource === 'configmaps' ? 'configMaps' : resource];
      const subject = { object: object as unknown as KubeObject, type };
      const facts = engine.scanFacts(snapshot, subject);
      const decision = decide(snapshot, facts);
      const scanned = scanObject(snapshot, facts);
      same('the scan', bytesOf(scanned.decision), bytesOf(decision));
      const reported = scanned.results
        .filter(({ outcome, action }) => outcome !== 'pass' && action !== 'Ignore')
        .map(({ policy, binding, rule }) => ({ policy, binding, rule }));
      const violated = decision.violations.map(({ policy, binding, validation }) => ({
        policy,
        binding,
        rule: validation,
      }));
      const text = (rows: Json): string => canonicalJson(rows);
      same('the report', text(reported), text(violated));
      engine.close();
      return Promise.resolve({ decision, facts });
    },
    close: () => Promise.resolve(),
  };
}
