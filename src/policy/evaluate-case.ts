import type { Json } from '../lib/lossless-json.ts';

/** The answer of one recorded policy case, shaped like `want` of policy.jsonl. */
export interface PolicyCaseResult {
  readonly createErrors?: readonly string[];
  readonly allowed: boolean;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly causes?: readonly string[];
  readonly warnings?: readonly string[];
  readonly audit?: Readonly<Record<string, string>>;
}

/** The answer of one recorded mutation case, shaped like `want` of mutation.jsonl. */
export interface MutationCaseResult {
  readonly createErrors?: readonly string[];
  readonly allowed: boolean;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly causes?: readonly string[];
  readonly changed?: boolean;
  readonly object?: Json;
}

/**
 * Evaluates a whole ValidatingAdmissionPolicy as the API server does.
 * @param input a line of kind `policy`, merged with its fixture
 * @throws SluiceError SLUICE_INPUT when a field is malformed
 */
export function evaluatePolicyCase(_input: Readonly<Record<string, Json>>): PolicyCaseResult {
  throw new Error('not yet');
}

/**
 * Applies a whole MutatingAdmissionPolicy, or a bare JSONPatch expression, as the API server does.
 * @param input a line of kind `mutation`, merged with its fixture
 * @throws SluiceError SLUICE_INPUT when a field is malformed
 */
export function evaluateMutationCase(_input: Readonly<Record<string, Json>>): MutationCaseResult {
  throw new Error('not yet');
}
