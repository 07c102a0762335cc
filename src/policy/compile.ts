import type { BranchObserver } from '../cel/evaluate/observe.ts';
import type { RolloutPolicy, Validation } from '../domain/policy.ts';
import { digestOf } from '../lib/canonical-json.ts';
import type { Json } from '../lib/lossless-json.ts';
import { CompiledParts } from './compiled-parts.ts';
import {
  createPolicyCompiler,
  type Expression,
  type ExpressionIssue,
  type ExpressionTypes,
  type PolicyCompiler,
  type Usage,
  type VariableSet,
} from './expression.ts';

/** Why a policy does not compile. */
export interface PolicyIssue {
  /** Path of the field, e.g. `spec.validations[0].expression`. */
  readonly field: string;
  readonly message: string;
  /** Position in the expression, from 1; absent when it is not about a place. */
  readonly line?: number;
  readonly column?: number;
}

export interface CompiledValidation {
  readonly validation: Validation;
  /** Its name, or its index as text. */
  readonly label: string;
  readonly expression: Expression;
  readonly message: Expression | undefined;
}

interface CompiledMutation {
  readonly patchType: 'JSONPatch' | 'ApplyConfiguration';
  readonly expression: Expression;
}

/**
 * A policy with every expression compiled. Expressions that do not compile stay in it, as in the API server: evaluating
 * one is an error that follows the policy's failurePolicy.
 */
export interface CompiledPolicy {
  readonly policy: RolloutPolicy;
  readonly name: string;
  readonly generation: number;
  /** Digest of the spec. */
  readonly digest: string;
  readonly matchConditions: readonly { readonly name: string; readonly expression: Expression }[];
  readonly variables: VariableSet;
  readonly validations: readonly CompiledValidation[];
  readonly mutations: readonly CompiledMutation[];
  readonly auditAnnotations: readonly { readonly key: string; readonly expression: Expression }[];
  readonly issues: readonly PolicyIssue[];
}

type CompileResult =
  | { readonly ok: true; readonly compiled: CompiledPolicy }
  | { readonly ok: false; readonly issues: readonly PolicyIssue[] };

/** How a policy is compiled. */
export interface CompileOptions {
  /** `new`: the set of functions for policies that are being written; `stored` (default): all. */
  readonly mode?: 'new' | 'stored';
  /** Whether `params` is declared. Default: always for a RolloutPolicy, else when `paramKind` is set. */
  readonly hasParams?: boolean;
  /** Who is told of the branches of the expression in a field, for coverage. */
  readonly observe?: (field: string) => BranchObserver;
  /** Types of variables that are otherwise dyn, for type checking. */
  readonly types?: ExpressionTypes;
}

/** Compiles a policy; when any expression does not compile, says which, where and why. */
export function compilePolicy(policy: RolloutPolicy, options: CompileOptions = {}): CompileResult {
  const compiled = compileStoredPolicy(policy, options);
  return compiled.issues.length === 0
    ? { ok: true, compiled }
    : { ok: false, issues: compiled.issues };
}

/** Compiles a policy that is already stored, and so must be evaluated even when parts of it do not compile. */
export function compileStoredPolicy(
  policy: RolloutPolicy,
  options: CompileOptions = {},
): CompiledPolicy {
  const { spec } = policy;
  const hasParams =
    options.hasParams ?? (spec.paramKind !== undefined || policy.kind === 'RolloutPolicy');
  const hasSluiceVariables = policy.kind === 'RolloutPolicy';
  const mode = options.mode ?? 'stored';
  const digest = digestOf(spec as unknown as Json);
  const compile = (): Parts =>
    compileParts(
      policy,
      createPolicyCompiler({
        hasParams,
        mode,
        hasSluiceVariables,
        observe: options.observe,
        types: options.types,
      }),
    );
  const isShared = options.observe === undefined && options.types === undefined;
  const key = [digest, mode, hasParams, hasSluiceVariables].join(' ');
  const parts = isShared ? shared.get(key, compile) : compile();
  const { name, generation = 0 } = policy.metadata;
  const compiled = { policy, name, generation, digest, ...parts };
  partsOf.set(compiled, parts);
  return compiled;
}

type Parts = Omit<CompiledPolicy, 'policy' | 'name' | 'generation' | 'digest'>;

/** Policies of one spec under several names, and one that is compiled again, share what is compiled of it. */
const shared = new CompiledParts<Parts>();
/** What is shared is kept by those that share it. */
const partsOf = new WeakMap<CompiledPolicy, Parts>();

function compileParts(policy: RolloutPolicy, compiler: PolicyCompiler): Parts {
  const { spec } = policy;
  const issues: PolicyIssue[] = [];
  compileVariables(policy, compiler, issues);
  const at: At = (field, usage, source) => {
    const expression = compiler.compile(usage, source, field);
    issues.push(...expression.issues.map((issue) => located(field, issue)));
    return expression;
  };
  return {
    variables: compiler.variables,
    matchConditions: (spec.matchConditions ?? []).map(({ name, expression }, index) => ({
      name,
      expression: at(
        `spec.matchConditions[${index}].expression`,
        'matchCondition',
        sourceOf({ expression }),
      ),
    })),
    validations: (spec.validations ?? []).map((validation, index) =>
      compileValidation(validation, index, at),
    ),
    mutations: compileMutations(policy, at),
    auditAnnotations: (spec.auditAnnotations ?? []).map(({ key, valueExpression }, index) => ({
      key,
      expression: at(
        `spec.auditAnnotations[${index}].valueExpression`,
        'auditAnnotation',
        sourceOf({ expression: valueExpression }),
      ),
    })),
    issues,
  };
}

/** Compiles the expression of a field and keeps what is wrong with it. */
type At = (field: string, usage: Usage, source: string) => Expression;

function compileVariables(
  { spec }: RolloutPolicy,
  compiler: PolicyCompiler,
  issues: PolicyIssue[],
): void {
  for (const [index, { name, expression }] of (spec.variables ?? []).entries()) {
    const field = `spec.variables[${index}].expression`;
    const found = compiler.declareVariable(name, sourceOf({ expression }), field);
    issues.push(...found.map((issue) => located(field, issue)));
  }
}

function compileValidation(validation: Validation, index: number, at: At): CompiledValidation {
  const path = `spec.validations[${index}]`;
  const { name = '', messageExpression = '' } = validation;
  return {
    validation,
    label: name === '' ? String(index) : name,
    expression: at(`${path}.expression`, 'validation', sourceOf(validation)),
    message:
      messageExpression === ''
        ? undefined
        : at(`${path}.messageExpression`, 'message', messageExpression),
  };
}

function compileMutations({ spec }: RolloutPolicy, at: At): CompiledMutation[] {
  return (spec.mutations ?? []).map((mutation, index) => {
    const { patchType } = mutation;
    const isPatch = patchType === 'JSONPatch';
    const [usage, part] = isPatch
      ? (['jsonPatch', mutation.jsonPatch] as const)
      : (['applyConfiguration', mutation.applyConfiguration] as const);
    const path = `spec.mutations[${index}].${usage}.expression`;
    return { patchType, expression: at(path, usage, sourceOf(part)) };
  });
}

/** A stored object may lack what its schema demands: that must be an error of the policy, not of ours. */
function sourceOf(part: Partial<{ readonly expression: unknown }> | undefined): string {
  return typeof part?.expression === 'string' ? part.expression : '';
}

function located(field: string, { message, line, column }: ExpressionIssue): PolicyIssue {
  return {
    field,
    message,
    ...(line === undefined || column === undefined ? {} : { line, column }),
  };
}
