import { createGovernanceSource } from '../../app/governance-source.ts';
import type { Config } from '../../config/options.ts';
import { silentLogger } from '../../domain/logger.ts';
import type { RolloutPolicy } from '../../domain/policy.ts';
import { VirtualClock } from '../../domain/virtual-clock.ts';
import type { FoundInput } from '../../evidence/report/controls-input.ts';
import { evaluateWindows } from '../../governance/windows.ts';
import { createPolicyEngine } from '../../policy/policy-engine.ts';
import { scanStatus } from '../../policy/policy-status.ts';
import { scanObject } from '../../policy/scan.ts';
import { ScanTally } from '../../policy/scan-tally.ts';
import { staticCache } from '../../policy/static-cache.ts';
import type { ReportWorld } from './world.ts';

const MAX_EXAMPLES = 10;

/**
 * Examines every object of the world as the background scan does.
 * @returns how the objects fare under a policy; nothing when there are no objects at all
 */
export function examineWorld(
  world: ReportWorld,
  config: Config,
  now: string,
): (policy: RolloutPolicy) => FoundInput | undefined {
  if (world.objects.length === 0) return () => undefined;
  const namespaces = staticCache(world.namespaces);
  const engine = createPolicyEngine({
    policies: staticCache(world.policies),
    bindings: staticCache(world.bindings),
    windows: staticCache([]),
    namespaces,
    paramObjects: (apiVersion, kind) => {
      const objects = world.params(apiVersion, kind);
      return objects === undefined ? undefined : staticCache(objects);
    },
    governance: createGovernanceSource(config, {
      exceptions: staticCache(world.exceptions),
      approvals: staticCache(world.approvals),
      budgets: staticCache([]),
      runs: staticCache([]),
      namespaces,
    }),
    evaluateWindows,
    clock: new VirtualClock(Date.parse(now)),
    freshnessMs: Infinity,
    systemNamespace: config.sluiceNamespace,
    logger: silentLogger,
  });
  const tally = new ScanTally();
  const snapshot = engine.snapshot();
  for (const subject of world.objects) {
    const facts = engine.scanFacts(snapshot, subject);
    const { kind, metadata } = subject.object;
    const place = metadata.namespace === undefined ? '' : `${metadata.namespace}/`;
    tally.set(`${kind} ${place}${metadata.name}`, scanObject(snapshot, facts).results);
  }
  engine.close();
  const examples = tally.examples(MAX_EXAMPLES);
  return ({ metadata: { name } }) => {
    const found = { counts: tally.counts(name), examples: examples.get(name) ?? [] };
    return { ...scanStatus(found), examples: found.examples };
  };
}
