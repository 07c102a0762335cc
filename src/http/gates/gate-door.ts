import type { ObjectCache } from '../../domain/client.ts';
import type { Canary } from '../../domain/canary.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Decision } from '../../domain/decision.ts';
import type { GateKeeper } from '../../domain/gates.ts';
import type { Logger } from '../../domain/logger.ts';
import type { KubeObject } from '../../domain/object.ts';
import { GATES, type Gate } from '../../domain/policy.ts';
import { reasonOf, type RolloutRun } from '../../domain/run.ts';
import { isJsonObject, parseLosslessJson, type Json } from '../../lib/lossless-json.ts';
import { dnsSubdomainProblems } from '../../lib/name-formats.ts';
import { gateQuestionOf, liveRunOf } from './gate-question.ts';
import { isGateToken, type CanaryName } from './gate-token.ts';

/** The names of gates in URLs: our own, and those of the hooks that Flagger asks at the same moments. */
export const GATE_PATHS: Readonly<Record<string, Gate>> = {
  'rollout-start': 'RolloutStart',
  'traffic-increase': 'TrafficIncrease',
  promotion: 'Promotion',
  'confirm-rollout': 'RolloutStart',
  'confirm-traffic-increase': 'TrafficIncrease',
  'confirm-promotion': 'Promotion',
};

export interface GateDoorOptions {
  /** Of the tokens in URLs; at least 32 bytes. */
  readonly key: Buffer;
  readonly gateKeeper: GateKeeper;
  readonly canaries: Pick<ObjectCache<Canary>, 'get' | 'synced'>;
  readonly runs: Pick<ObjectCache<RolloutRun>, 'list' | 'synced'>;
  readonly deployments: Pick<ObjectCache<KubeObject>, 'get' | 'synced'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Questions of one Canary in a second; default 10. */
  readonly perSecond?: number;
}

/** A question as it came. */
export interface GateRequest {
  /** The name of the gate in the URL. */
  readonly gate: string;
  readonly token: string;
  /** Flagger's payload: `{name, namespace, phase, checksum, metadata}`. */
  readonly body: string;
}

export interface GateAnswer {
  /** 200 when the gate is open, 403 while it holds; anything else is no answer, which an executor takes as a hold. */
  readonly status: number;
  readonly body: Json;
}

/** Answers the hooks of Canaries that another tool executes. Never throws, and never waits. */
export type GateDoor = (request: GateRequest) => GateAnswer;

const DEFAULT_PER_SECOND = 10;
/** Canaries whose questions are counted at the same time; beyond, the count starts anew. */
const MAX_COUNTED = 10_000;

/** Makes the door of the gates: who asks is known by the token, what is asked by the Canary's own status. */
export function createGateDoor(options: GateDoorOptions): GateDoor {
  const allows = rateLimit(options);
  return ({ gate: name, token, body }) => {
    const gate = Object.hasOwn(GATE_PATHS, name) ? GATE_PATHS[name] : undefined;
    if (gate === undefined) return refused(404, unknownGate());
    const payload = readPayload(body);
    if (payload === undefined) return refused(400, 'the body is not the payload of a hook');
    if (!isGateToken(options.key, payload, token)) return refused(401, 'the token is not valid');
    if (!allows(payload)) return refused(429, 'too many questions about this Canary');
    return answer(options, gate, payload);
  };
}

function answer(options: GateDoorOptions, gate: Gate, payload: Payload): GateAnswer {
  const { canaries, runs, deployments, gateKeeper, clock, logger } = options;
  if (!canaries.synced || !runs.synced || !deployments.synced) {
    return refused(503, 'not ready: the copies of the cluster are not in yet');
  }
  const canary = canaries.get(payload);
  if (canary === undefined) return refused(404, 'there is no such Canary');
  const target = canary.spec.targetRef.name;
  const scene = {
    canary,
    run: liveRunOf(canary, runs.list()),
    target: deployments.get({ namespace: payload.namespace, name: target }),
    checksum: payload.checksum,
  };
  const now = new Date(clock.now()).toISOString();
  try {
    return answerOf(gateKeeper.ask(gateQuestionOf(gate, scene, now)));
  } catch (error) {
    const why = error instanceof Error ? error.name : 'unknown';
    logger.error({ gate, error: why }, 'a gate could not be asked');
    return refused(503, 'the gate could not be asked');
  }
}

/** The decision as a hook gets it: open or held, why, and until when; and what tells the decision among others. */
function answerOf(decision: Decision): GateAnswer {
  const { verdict, violations, warnings, nextOpen, factsDigest, snapshotDigest } = decision;
  const isOpen = verdict === 'allow' || verdict === 'warn';
  const blocking = violations.filter(({ action }) => action === 'Deny' || action === 'Hold');
  return {
    status: isOpen ? 200 : 403,
    body: {
      verdict,
      reasons: blocking.map(reasonOf),
      ...(nextOpen === undefined ? {} : { nextOpen }),
      warnings,
      violations: violations as unknown as Json,
      factsDigest,
      snapshotDigest,
    },
  };
}

interface Payload extends CanaryName {
  readonly checksum: string;
}

/** @returns undefined for what is not JSON, or names no Canary */
function readPayload(body: string): Payload | undefined {
  const value = parsed(body);
  if (!isJsonObject(value)) return undefined;
  const { name, namespace, checksum = '' } = value;
  if (typeof name !== 'string' || typeof namespace !== 'string') return undefined;
  if (typeof checksum !== 'string' || checksum.length > 128) return undefined;
  const problems = [...dnsSubdomainProblems(name), ...dnsSubdomainProblems(namespace)];
  return problems.length === 0 ? { name, namespace, checksum } : undefined;
}

function parsed(body: string): Json | undefined {
  try {
    return parseLosslessJson(body);
  } catch {
    return undefined;
  }
}

/** Counts the questions of each Canary in the second that runs. */
function rateLimit({
  clock,
  perSecond = DEFAULT_PER_SECOND,
}: GateDoorOptions): (canary: CanaryName) => boolean {
  const counts = new Map<string, number>();
  let second = -1;
  return ({ namespace, name }) => {
    const at = Math.floor(clock.monotonic() / 1000);
    if (at !== second || counts.size >= MAX_COUNTED) counts.clear();
    second = at;
    const key = `${namespace}/${name}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= perSecond;
  };
}

function refused(status: number, error: string): GateAnswer {
  return { status, body: { error } };
}

function unknownGate(): string {
  return `unknown gate; known: ${Object.keys(GATE_PATHS).join(', ')} (${GATES.join(', ')})`;
}
