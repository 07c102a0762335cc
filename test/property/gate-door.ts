import type { Canary } from '../../src/domain/canary.ts';
import { systemClock as clock } from '../../src/domain/clock.ts';
import { silentLogger as logger } from '../../src/domain/logger.ts';
import type { KubeObject } from '../../src/domain/object.ts';
import { reasonOf } from '../../src/domain/run.ts';
import { createGateDoor, GATE_PATHS, type GateDoor } from '../../src/http/gates/gate-door.ts';
import { gateQuestionOf } from '../../src/http/gates/gate-question.ts';
import { gateToken } from '../../src/http/gates/gate-token.ts';
import { createHttpServer } from '../../src/http/http-server.ts';
import { canonicalJson } from '../../src/lib/canonical-json.ts';
import { parseLosslessJson, type Json } from '../../src/lib/lossless-json.ts';
import { gateFacts } from '../../src/policy/assemble-facts.ts';
import { answersOf, decideAsking, type AskedDecision } from '../../src/policy/decide-asking.ts';
import { createPolicyEngine } from '../../src/policy/policy-engine.ts';
import { staticCache } from '../../src/policy/static-cache.ts';
import { createHealth } from '../../src/telemetry/health.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { same, type Door } from './admission-door.ts';
import { drawSubject, drawUser } from './draw-facts.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

const KEY = Buffer.from('k'.repeat(32));

/** The gates over HTTP, as Flagger asks them. */
export async function openGateDoor(): Promise<Door> {
  let door: GateDoor | undefined;
  const server = createHttpServer({
    health: createHealth(),
    metrics: createMetrics({ process: false }),
    logger,
    clock,
    gates: () => door,
  });
  const { port } = await server.listen(0, '127.0.0.1');
  return {
    name: 'gates over HTTP',
    check: async (random, stage) => {
      const engine = createPolicyEngine(stage.deps);
      const { canary, target } = drawScene(random);
      const { namespace = '', name } = canary.metadata;
      const canaries = staticCache([canary]);
      door = createGateDoor({
        key: KEY,
        gateKeeper: engine.gateKeeper,
        canaries,
        runs: staticCache([]),
        deployments: staticCache([target]),
        clock: stage.deps.clock,
        logger,
        perSecond: Infinity,
      });
      const path = random.pick(Object.keys(GATE_PATHS));
      const gate = GATE_PATHS[path] ?? 'Promotion';
      const scene = { canary, run: undefined, target, checksum: '85d557f47b' };
      const asked = decided(stage, gateQuestionOf(gate, scene, stage.now));
      const token = gateToken(KEY, { namespace, name });
      const response = await fetch(`http://127.0.0.1:${port}/gates/${path}/${token}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, namespace, phase: 'Progressing', checksum: '85d557f47b' }),
      });
      const answer = canonicalJson(parseLosslessJson(await response.text()));
      same(path, `${response.status} ${answer}`, answerOf(asked));
      engine.close();
      return asked;
    },
    close: () => server.close(),
  };
}

function drawScene(random: Random): { readonly canary: Canary; readonly target: KubeObject } {
  const { object } = drawSubject(random, 'TrafficIncrease');
  const drawn = object as unknown as Canary;
  const canary: Canary = {
    ...drawn,
    metadata: { ...drawn.metadata, uid: 'c1' },
    status: {
      phase: 'Progressing',
      failedChecks: random.int(0, 5),
      canaryWeight: random.int(0, 60),
      iterations: 0,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  };
  const stamp = random.chance(0.2)
    ? {}
    : { annotations: { 'sluice.dev/changed-by': JSON.stringify(drawUser(random)) } };
  const target = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', ...stamp },
    spec: { template: { spec: { containers: [{ name: 'app', image: 'web:2' }] } } },
  };
  return { canary, target };
}

function decided({ deps }: Stage, question: ReturnType<typeof gateQuestionOf>): AskedDecision {
  const engine = createPolicyEngine(deps);
  const snapshot = engine.snapshot();
  const facts = gateFacts(deps, snapshot, question);
  const asked = decideAsking(
    snapshot,
    facts,
    answersOf(facts, (request) => deps.access?.known(request)),
  );
  engine.close();
  return asked;
}

function answerOf({ decision }: AskedDecision): string {
  const { verdict, violations, warnings, nextOpen, factsDigest, snapshotDigest } = decision;
  const isOpen = verdict === 'allow' || verdict === 'warn';
  const body = {
    verdict,
    reasons: violations
      .filter(({ action }) => action === 'Deny' || action === 'Hold')
      .map(reasonOf),
    ...(nextOpen === undefined ? {} : { nextOpen }),
    warnings,
    violations,
    factsDigest,
    snapshotDigest,
  };
  return `${isOpen ? 200 : 403} ${canonicalJson(body as unknown as Json)}`;
}
