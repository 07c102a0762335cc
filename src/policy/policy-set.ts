import { SluiceError } from '../domain/errors.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../domain/policy.ts';
import { digestOf } from '../lib/canonical-json.ts';
import { isJsonObject, type Json } from '../lib/lossless-json.ts';
import {
  compileStoredPolicy,
  type CompileOptions,
  type CompiledPolicy,
  type PolicyIssue,
} from './compile.ts';
import { bindingIssues, specIssues } from './spec-issues.ts';

/** Policies and bindings read from files. */
export interface PolicySet {
  readonly policies: readonly RolloutPolicy[];
  readonly bindings: readonly RolloutPolicyBinding[];
  /** By name of the policy. */
  readonly compiled: ReadonlyMap<string, CompiledPolicy>;
  /** Policies that no binding names: each was given one that denies. */
  readonly unbound: readonly string[];
  readonly problems: readonly PolicyProblem[];
}

/** What is wrong with one policy or binding. */
export interface PolicyProblem extends PolicyIssue {
  readonly kind: string;
  readonly name: string;
}

const POLICY_KINDS = new Set([
  'RolloutPolicy',
  'ValidatingAdmissionPolicy',
  'MutatingAdmissionPolicy',
]);

/** Whether a document is a policy: ours, or one of Kubernetes' own that can be pasted in. */
export function isPolicy(document: Json): boolean {
  return POLICY_KINDS.has(kindOf(document));
}

/** Whether a document binds a policy. */
export function isBinding(document: Json): boolean {
  const kind = kindOf(document);
  return kind.endsWith('Binding') && POLICY_KINDS.has(kind.slice(0, -'Binding'.length));
}

function kindOf(document: Json): string {
  const kind = isJsonObject(document) ? document['kind'] : undefined;
  return typeof kind === 'string' ? kind : '';
}

/**
 * Checks and compiles policies for use without a cluster. A policy that no binding names gets one of the same name that
 * denies, so that it is applied at all.
 * @param documents policies and bindings; others are passed over
 * @param optionsOf how a policy is compiled, by its name
 */
export function readPolicySet(
  documents: readonly Json[],
  optionsOf: (policy: string) => CompileOptions = () => ({}),
): PolicySet {
  const problems: PolicyProblem[] = [];
  const accept = (document: Json, issues: readonly PolicyIssue[]): boolean => {
    const named = document as { kind: string; metadata?: { name?: string } };
    const { kind, metadata } = named;
    problems.push(...issues.map((issue) => ({ ...issue, kind, name: metadata?.name ?? '' })));
    return issues.length === 0;
  };
  const policies = distinct(documents.filter(isPolicy), problems).filter((document) =>
    accept(document, specIssues(document)),
  ) as unknown as RolloutPolicy[];
  const given = distinct(documents.filter(isBinding), problems).filter((document) =>
    accept(document, bindingIssues(document)),
  ) as unknown as RolloutPolicyBinding[];
  const bound = new Set(given.map(({ spec }) => spec.policyName));
  const unbound = policies.filter(({ metadata }) => !bound.has(metadata.name));
  const compiled = new Map(
    policies.map((policy) => {
      const { name } = policy.metadata;
      return [name, compileStoredPolicy(policy, optionsOf(name))];
    }),
  );
  const sound = policies.filter((policy) =>
    accept(policy as unknown as Json, compiled.get(policy.metadata.name)?.issues ?? []),
  );
  return {
    policies: sound,
    bindings: [...given, ...unbound.map(denyingBinding)],
    compiled,
    unbound: unbound.map(({ metadata }) => metadata.name),
    problems,
  };
}

/** Each object once; two of the same kind and name that differ are a problem. */
function distinct(documents: readonly Json[], problems: PolicyProblem[]): readonly Json[] {
  const known = new Map<string, string>();
  return documents.filter((document) => {
    const { kind, metadata } = document as { kind: string; metadata?: { name?: string } };
    const name = metadata?.name ?? '';
    const key = `${kind} ${name}`;
    const before = known.get(key);
    const digest = digestOf(document);
    known.set(key, before ?? digest);
    if (before !== undefined && before !== digest) {
      problems.push({
        kind,
        name,
        field: 'metadata.name',
        message: 'is defined twice, differently',
      });
    }
    return before === undefined;
  });
}

/** The binding that stands in for none: the policy denies wherever it matches. */
function denyingBinding({ apiVersion, kind, metadata }: RolloutPolicy): RolloutPolicyBinding {
  return {
    apiVersion,
    kind: `${kind}Binding`,
    metadata: { name: metadata.name },
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  };
}

/** A problem as one line: what, where in it, and why. */
export function problemText({ kind, name, field, message, line, column }: PolicyProblem): string {
  const place =
    line === undefined ? '' : ` (line ${line}, column ${column ?? 1} of the expression)`;
  return `${kind} ${name}: ${field}${place}: ${message}`;
}

/** @throws SluiceError SLUICE_POLICY_COMPILE when a policy or binding cannot be used */
export function requireSound({ problems }: PolicySet): void {
  const [first] = problems;
  if (first === undefined) return;
  throw new SluiceError('SLUICE_POLICY_COMPILE', problems.map(problemText).join('\n'));
}
