import type { Facts } from '../../domain/decision.ts';
import { SluiceError } from '../../domain/errors.ts';
import { CALL_SITES, type RolloutPolicy, type RolloutPolicyBinding } from '../../domain/policy.ts';
import { digestOf } from '../../lib/canonical-json.ts';
import { isJsonArray, isJsonObject, type Json } from '../../lib/lossless-json.ts';
import { LruMap } from '../../lib/lru.ts';
import { decide } from '../../policy/decide.ts';
import { createSnapshot, type PolicySnapshot } from '../../policy/snapshot.ts';
import type { EvalLine } from './line.ts';

/** Sets of policies that are kept compiled: neighbouring lines mostly have the same. */
const KEPT = 16;
const snapshots = new LruMap<string, PolicySnapshot>(KEPT);

/** Members of facts that a decision looks into without asking. */
const LISTS = ['exceptions', 'approvals', 'windows', 'budgets'] as const;
const OBJECTS = ['params', 'authorizer', 'freshness'] as const;

/**
 * Decides once more on the facts of a decision.
 * @param line `{policies, bindings, facts}` as objects
 * @throws SluiceError SLUICE_INPUT for what are no facts
 */
export function evaluateDecision(line: EvalLine): { readonly decision: Json } {
  const facts = factsOf(line['facts'] ?? null);
  const sources = { policies: listOf(line, 'policies'), bindings: listOf(line, 'bindings') };
  const key = digestOf(sources);
  let snapshot = snapshots.get(key);
  if (snapshot === undefined) {
    snapshot = snapshotOf(sources);
    snapshots.set(key, snapshot);
  }
  return { decision: { ...decide(snapshot, facts) } as unknown as Json };
}

/** Policies that do not compile stay in force, as those that are stored in a cluster do. */
function snapshotOf({ policies, bindings }: Sources): PolicySnapshot {
  return createSnapshot({
    policies: policies as unknown as readonly RolloutPolicy[],
    bindings: bindings as unknown as readonly RolloutPolicyBinding[],
  });
}

interface Sources {
  readonly policies: readonly Json[];
  readonly bindings: readonly Json[];
}

function listOf(line: EvalLine, name: keyof Sources): readonly Json[] {
  const value = line[name] ?? [];
  if (!isJsonArray(value) || !value.every(isNamed)) {
    throw new SluiceError('SLUICE_INPUT', `${name} must be a list of objects with a name and spec`);
  }
  return value;
}

function isNamed(value: Json): boolean {
  if (!isJsonObject(value) || !isJsonObject(value['spec'])) return false;
  const { metadata } = value;
  return isJsonObject(metadata) && typeof metadata['name'] === 'string';
}

function factsOf(value: Json): Facts {
  if (!isJsonObject(value)) throw invalid('must be an object');
  const { callSite, request, now } = value;
  if (!CALL_SITES.some((site) => site === callSite)) throw invalid('callSite is unknown');
  const isRequest = isJsonObject(request) && isJsonObject(request['resource']);
  if (!isRequest) throw invalid('request must have a resource');
  if (typeof now !== 'string' || !isInstant(now)) throw invalid('now must be an RFC 3339 time');
  if (!LISTS.every((name) => isJsonArray(value[name] ?? null))) {
    throw invalid(`${LISTS.join(', ')} must be lists`);
  }
  if (!OBJECTS.every((name) => isJsonObject(value[name] ?? null))) {
    throw invalid(`${OBJECTS.join(', ')} must be objects`);
  }
  return value as unknown as Facts;
}

function isInstant(text: string): boolean {
  try {
    Temporal.Instant.from(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(reason: string): SluiceError {
  return new SluiceError('SLUICE_INPUT', `facts: ${reason}`);
}
