import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { mutationAnswer, validationAnswer } from '../../src/admission/answer.ts';
import { carriesStamp, stampPatch } from '../../src/admission/stamps.ts';
import {
  holdingOf,
  judgeHold,
  mayBeHeld,
  type HoldSurroundings,
} from '../../src/admission/hold-review.ts';
import { noMetrics } from '../../src/admission/metrics.ts';
import { decodeReview, encodeReview, type Review } from '../../src/admission/review-codec.ts';
import { createReviewHandler, type ReviewHandler } from '../../src/admission/review-handler.ts';
import { createReviewServer } from '../../src/admission/review-server.ts';
import { systemClock as clock } from '../../src/domain/clock.ts';
import { silentLogger as logger } from '../../src/domain/logger.ts';
import { stringifyLosslessJson, type Json } from '../../src/lib/lossless-json.ts';
import { admissionFacts } from '../../src/policy/assemble-facts.ts';
import { decideWithAccess, type AskedDecision } from '../../src/policy/decide-asking.ts';
import { applyJsonPatch } from '../../src/policy/apply-json-patch.ts';
import { createPolicyEngine } from '../../src/policy/policy-engine.ts';
import { createAuthority, createKey, issueServing } from '../../src/tls/authority.ts';
import { drawSubject, drawUser } from './draw-facts.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

/** A door: asked about a stage, it answers as it should, or throws. */
export interface Door {
  readonly name: string;
  /** @returns the decision that was made, and the facts it was made on */
  check(random: Random, stage: Stage): Promise<AskedDecision>;
  close(): Promise<void>;
}

const KINDS = {
  canaries: { group: 'flagger.app', version: 'v1beta1', kind: 'Canary' },
  deployments: { group: 'apps', version: 'v1', kind: 'Deployment' },
  configmaps: { group: '', version: 'v1', kind: 'ConfigMap' },
} as const;

/** The review port over TLS: /mutate, and /validate of the same object. */
export async function openAdmissionDoor(): Promise<Door> {
  let handler: ReviewHandler = () => ({ status: 500, body: '' });
  const material = await servingMaterial();
  const server = createReviewServer({
    handler: (path, body) => handler(path, body),
    certificate: { current: () => material, subscribe: () => () => undefined },
    clock,
    logger,
    metrics: noMetrics,
  });
  const port = await server.listen(0, '127.0.0.1');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const post = async (path: string, body: string): Promise<string> => {
    const sent = request({
      host: '127.0.0.1',
      servername: 'localhost',
      port,
      path,
      method: 'POST',
      agent,
      ca: material.caBundle,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    sent.end(body);
    const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return text;
  };
  return {
    name: 'AdmissionReview over HTTPS',
    check: async (random, stage) => {
      const engine = createPolicyEngine(stage.deps);
      handler = createReviewHandler({
        // It was ready before its copies grew old.
        engine: { ...engine, readiness: () => ({ ready: true, reasons: [] }) },
        clock: stage.deps.clock,
        executorUsernames: [],
        ...(stage.deps.access === undefined ? {} : { access: stage.deps.access }),
      });
      const body = bodyOf(random);
      const review = decodeReview(body);
      const asked = decided(stage, review, true);
      const holds: HoldSurroundings = { engine, canaries: () => undefined };
      same('/validate', await post('/validate/fail', body), validated(review, asked, holds));
      const mutated = decided(stage, review, false);
      const matters = engine.mayMutate(review.request) || mayBeHeld(holds, review);
      same('/mutate', await post('/mutate/fail', body), patched(review, mutated, holds, matters));
      engine.close();
      return asked;
    },
    close: async () => {
      agent.destroy();
      await server.close();
    },
  };
}

async function servingMaterial() {
  const at = { now: clock.now(), lifetimeMs: 86_400_000 };
  const [caKey, key] = await Promise.all([createKey(), createKey()]);
  const authority = createAuthority(caKey, at);
  const issuer = { key: caKey, cert: authority.cert };
  const names = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  return { ...issueServing(issuer, key, { ...names, ...at }), caBundle: authority.cert };
}

/** A write as the API server sends it, with the stamp that /mutate has given it. */
function bodyOf(random: Random): string {
  const { resource, operation, object, oldObject } = drawSubject(random, 'Admission');
  const { group, version, kind } = KINDS[resource];
  const written = (object ?? oldObject) as unknown as { metadata: { name: string } };
  const members = {
    uid: 'uid-1',
    kind: { group, version, kind },
    resource: { group, version, resource },
    name: written.metadata.name,
    namespace: 'shop',
    operation,
    userInfo: drawUser(random),
    dryRun: random.chance(0.1),
  };
  const write = (submitted: Json): string =>
    stringifyLosslessJson({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: { ...members, object: submitted, oldObject },
    });
  const review = decodeReview(write(object));
  return carriesStamp(review)
    ? write(applyJsonPatch(review.object, stampPatch(review)))
    : write(object);
}

function decided(stage: Stage, review: Review, isFinal: boolean): AskedDecision {
  const { deps, rules } = stage;
  const engine = createPolicyEngine(deps);
  const snapshot = engine.snapshot();
  const { request: asked, object, oldObject } = review;
  const facts = admissionFacts(deps, snapshot, { request: asked, object, oldObject, isFinal });
  const made = decideWithAccess(snapshot, facts, {
    access: deps.access,
    clock: deps.clock,
    timeoutMs: 1000,
  });
  engine.close();
  if (made instanceof Promise) throw new Error(`${rules.policies.length} policies: not answered`);
  return made;
}

function validated(review: Review, { decision }: AskedDecision, holds: HoldSurroundings): string {
  if (!carriesStamp(review)) return encodeReview(validationAnswer(review, decision, []));
  const { decision: judged, issue } = judgeHold(holds, review, decision);
  return encodeReview(validationAnswer(review, judged, issue === undefined ? [] : [issue]));
}

/** @param matters whether policies are asked before the object is written */
function patched(
  review: Review,
  { decision: asked }: AskedDecision,
  holds: HoldSurroundings,
  matters: boolean,
): string {
  const decision = matters ? asked : { ...asked, patch: [], violations: [] };
  if (!carriesStamp(review)) return encodeReview(mutationAnswer(review, decision, []));
  const changed = after(review, decision.patch);
  const stamps = stampPatch(changed);
  const hold = holdingOf(holds, after(changed, stamps), decision);
  return encodeReview(mutationAnswer(review, decision, [...stamps, ...hold]));
}

function after(review: Review, patch: AskedDecision['decision']['patch']): Review {
  return patch.length === 0 ? review : { ...review, object: applyJsonPatch(review.object, patch) };
}

/** @throws Error with both texts when they differ */
export function same(what: string, got: string, wanted: string): void {
  if (got !== wanted) throw new Error(`${what} answers\n${got}\nand not\n${wanted}`);
}
