import { compile, type CompileResult } from '../cel/compile.ts';
import type { BranchObserver } from '../cel/evaluate/observe.ts';
import { admissionEnvironment, type AdmissionOptions } from '../cel/environment.ts';
import { fromJson, fromTypedJson } from '../cel/from-json.ts';
import type { AuthorizerAnswer, AuthorizerQuestion, CelErrorClass } from '../cel/library.ts';
import { Authorizer, ResourceCheck } from '../cel/libraries/support/authorizer.ts';
import type { Activation, Limits, Program, VariableSource } from '../cel/program.ts';
import { literalShapes } from '../cel/literal-shapes.ts';
import { toApplyConfiguration } from '../cel/to-apply-configuration.ts';
import { runtimeType } from '../cel/standard/runtime-type.ts';
import { NotJson, toJson } from '../cel/to-json.ts';
import { BOOL, DYN, NULL, STRING, formatType, struct, type CelType } from '../cel/types.ts';
import { CelTimestamp, type CelValue } from '../cel/values.ts';
import { lazyVariables } from '../cel/variables.ts';
import type { Json } from '../lib/lossless-json.ts';
import { EXPRESSION_COST_LIMIT } from './budget.ts';
import { patchOperations, type PatchStep } from './patch-operations.ts';

export type { AuthorizerAnswer, AuthorizerQuestion } from '../cel/library.ts';
export { compileRegex } from '../cel/regex.ts';
export { CelRuntimeError } from '../cel/library.ts';
export { ROLLOUT } from '../cel/rollout-type.ts';
export { schemaType, type SchemaReading } from '../cel/schema-type.ts';

/** Types of the variables of a policy, for type checking. */
export type ExpressionTypes = NonNullable<AdmissionOptions['types']>;

/** Where an expression stands in a policy: what it may name and what it must give follow from that. */
export type Usage =
  | 'matchCondition'
  | 'validation'
  | 'message'
  | 'auditAnnotation'
  | 'jsonPatch'
  | 'applyConfiguration';

/** One thing wrong with an expression. Line and column count from 1; absent when it is not about a place. */
export interface ExpressionIssue {
  readonly errorClass: CelErrorClass;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

/** The members of an apply configuration, values among them that no object can hold; or why it is none. */
export type ApplyConfiguration =
  | { readonly configuration: Readonly<Record<string, unknown>> }
  | { readonly configuration?: undefined; readonly problem: string };

/**
 * What an evaluation gave: a bool, a text or null, the operations of a JSON patch or an apply configuration, as its usage
 * demands.
 */
export type Outcome =
  | {
      readonly ok: true;
      readonly value: boolean | string | null | readonly PatchStep[] | ApplyConfiguration;
      readonly cost: number;
    }
  | { readonly ok: false; readonly message: string; readonly cost: number };

/** A compiled expression. One with issues never evaluates: whoever runs it asks for `issues` first. */
export interface Expression {
  readonly source: string;
  readonly issues: readonly ExpressionIssue[];
  /** The issues as one text, worded as the API server does; '' when there are none. */
  readonly problem: string;
  /** Never throws: everything that goes wrong is in the outcome. */
  evaluate(scope: EvaluationScope): Outcome;
}

/** `spec.variables`, compiled, in order. */
export type VariableSet = ReadonlyMap<string, CompileResult>;

/** Compiles the expressions of one policy: variables first, in order, then the rest. */
export interface PolicyCompiler {
  readonly variables: VariableSet;
  /** @returns what is wrong with the variable; using it is then an error */
  declareVariable(name: string, source: string, field: string): readonly ExpressionIssue[];
  /** @param field path of the field that holds it, for whoever observes */
  compile(usage: Usage, source: string, field: string): Expression;
}

export interface PolicyCompilerOptions {
  /** Whether `params` is declared. */
  readonly hasParams: boolean;
  /** `new`: the set of functions for policies that are being written; `stored`: all. */
  readonly mode: 'new' | 'stored';
  /** Whether `now` and `rollout` are declared. Default true. */
  readonly hasSluiceVariables?: boolean;
  /** Types of variables that are otherwise dyn, for type checking. */
  readonly types?: ExpressionTypes | undefined;
  /** Who is told of the branches of the expression in a field (`spec.validations[0].expression`), for coverage. */
  readonly observe?: ((field: string) => BranchObserver) | undefined;
}

const RESULTS: Readonly<Record<Usage, readonly CelType[] | undefined>> = {
  matchCondition: [BOOL],
  validation: [BOOL],
  message: [STRING],
  auditAnnotation: [STRING, NULL],
  jsonPatch: undefined,
  applyConfiguration: [struct({ name: 'Object', fields: {} })],
};

const PATCH_TYPE = 'list(JSONPatch)';

/** Makes the compiler of one policy. */
export function createPolicyCompiler(options: PolicyCompilerOptions): PolicyCompiler {
  const variables = new Map<string, CompileResult>();
  const types: Record<string, CelType> = {};
  const sources: string[] = [];
  const environmentOf = (usage: Usage | 'variable') =>
    admissionEnvironment({
      hasParams: options.hasParams,
      hasAuthorizer: usage !== 'message',
      hasPatchTypes: usage === 'jsonPatch' || usage === 'applyConfiguration',
      hasSluiceVariables: options.hasSluiceVariables ?? true,
      ...(options.types === undefined ? {} : { types: options.types }),
      mode: options.mode,
      // A stored match condition may use variables; a new one is refused, as in the API server.
      ...(usage === 'matchCondition' && options.mode === 'new' ? {} : { variables: { ...types } }),
    });
  return {
    variables,
    declareVariable: (name, source, field) => {
      const result = compile(source, environmentOf('variable'), {
        observer: options.observe?.(field),
      });
      variables.set(name, result);
      sources.push(source);
      types[name] = result.ok ? result.program.type : DYN;
      return issuesOf(result);
    },
    compile: (usage, source, field) => {
      const result = RESULTS[usage];
      const compiled = compile(source, environmentOf(usage), {
        ...(result === undefined ? {} : { result }),
        observer: options.observe?.(field),
      });
      return FINISH[usage](source, compiled, sources);
    },
  };
}

function issuesOf(result: CompileResult): readonly ExpressionIssue[] {
  return result.ok ? [] : result.issues;
}

function broken(source: string, issues: readonly ExpressionIssue[], problem: string): Expression {
  return { source, issues, problem, evaluate: () => ({ ok: false, message: problem, cost: 0 }) };
}

/** A value of a type that only shows at run time is neither true nor false nor a text, as in the API server. */
function plain(source: string, result: CompileResult): Expression {
  if (!result.ok) return broken(source, result.issues, result.message);
  return sound(source, result.program, plainOutcome);
}

const plainOutcome: FinishOutcome = ({ value, cost }) => ({
  ok: true,
  value: typeof value === 'boolean' || typeof value === 'string' ? value : null,
  cost,
});

function annotation(source: string, result: CompileResult): Expression {
  if (!result.ok) return broken(source, result.issues, result.message);
  return sound(source, result.program, ({ value, cost }) => {
    if (typeof value === 'string' || value === null) return { ok: true, value, cost };
    const type = runtimeType(value);
    const message = `unsupported return type: ${type}. Return type must be either string or null.`;
    return { ok: false, message, cost };
  });
}

function patchExpression(source: string, result: CompileResult): Expression {
  if (!result.ok) return broken(source, result.issues, result.message);
  const type = formatType(result.program.type);
  if (type !== PATCH_TYPE) {
    const message = `must evaluate to ${PATCH_TYPE} but got ${type}`;
    return broken(source, [{ errorClass: 'result_type', message, line: 1, column: 1 }], message);
  }
  return sound(source, result.program, ({ value, cost }) => {
    try {
      return { ok: true, value: patchOperations(toJson(value)), cost };
    } catch (error) {
      if (error instanceof NotJson || error instanceof TypeError) {
        return { ok: false, message: `cannot be a JSON patch: ${error.message}`, cost };
      }
      throw error;
    }
  });
}

function applyExpression(
  source: string,
  result: CompileResult,
  variables: readonly string[],
): Expression {
  if (!result.ok) return broken(source, result.issues, result.message);
  const shapes = literalShapes(source.includes('variables') ? [source, ...variables] : [source]);
  return sound(source, result.program, ({ value, cost }) => {
    try {
      return { ok: true, value: { configuration: toApplyConfiguration(value, shapes) }, cost };
    } catch (error) {
      if (error instanceof NotJson) return { ok: true, value: { problem: error.message }, cost };
      throw error;
    }
  });
}

/** How the result of an expression is taken; the variables by their sources. */
type Finish = (source: string, result: CompileResult, variables: readonly string[]) => Expression;

const FINISH: Readonly<Record<Usage, Finish>> = {
  matchCondition: plain,
  validation: plain,
  message: plain,
  auditAnnotation: annotation,
  jsonPatch: patchExpression,
  applyConfiguration: applyExpression,
};

function sound(source: string, program: Program, finish: FinishOutcome): Expression {
  return new SoundExpression(program, source, finish);
}

type FinishOutcome = (outcome: { value: CelValue; cost: number }) => Outcome;
const NO_ISSUES: readonly ExpressionIssue[] = [];

/** A class, for its method: thousands of expressions are kept. */
class SoundExpression implements Expression {
  readonly source: string;
  readonly issues = NO_ISSUES;
  readonly problem = '';
  readonly #program: Program;
  readonly #finish: FinishOutcome;

  constructor(program: Program, source: string, finish: FinishOutcome) {
    this.source = source;
    this.#program = program;
    this.#finish = finish;
  }

  evaluate({ activation, limits }: EvaluationScope): Outcome {
    const outcome = this.#program.evaluate(activation, limits);
    return outcome.ok ? this.#finish(outcome) : outcome;
  }
}

/** A resource, as authorization is asked about it; empty parts are left out. */
export type ResourceQuestion = Omit<AuthorizerQuestion, 'verb' | 'path'>;

/** What the expressions of a decision can see, as plain facts. */
export interface ScopeFacts {
  readonly request: Json;
  /** What `authorizer.requestResource` asks about. */
  readonly requestResource: ResourceQuestion;
  readonly object: Json;
  readonly oldObject: Json;
  readonly namespaceObject: Json;
  readonly rollout: Json;
  /** Nanoseconds since the Unix epoch. */
  readonly now: bigint;
  /** @returns undefined when the answer is not among the facts */
  authorize(question: AuthorizerQuestion): AuthorizerAnswer | undefined;
  /** Asked now and then: true ends an evaluation. */
  readonly isOver?: (() => boolean) | undefined;
}

/** The facts of a decision as CEL values, converted once for all policies. */
export interface ScopeValues {
  readonly facts: ScopeFacts;
  readonly values: Readonly<Record<string, CelValue>>;
}

/** Converts the facts of a decision. */
export function scopeValues(facts: ScopeFacts): ScopeValues {
  return {
    facts,
    values: {
      request: fromTypedJson(facts.request),
      object: fromJson(facts.object),
      oldObject: fromJson(facts.oldObject),
      namespaceObject: fromTypedJson(facts.namespaceObject),
      rollout: fromJson(facts.rollout),
      now: new CelTimestamp(facts.now),
      authorizer: new Authorizer(),
      'authorizer.requestResource': new ResourceCheck(facts.requestResource),
    },
  };
}

/** The same facts about another object: a mutation came between. */
export function withObject({ facts, values }: ScopeValues, object: Json): ScopeValues {
  return { facts: { ...facts, object }, values: { ...values, object: fromJson(object) } };
}

/** What the expressions of one policy see under one binding and parameter. */
export interface EvaluationScope {
  readonly activation: Activation;
  readonly limits: Limits;
  /** The API server gives match conditions no namespace. */
  forMatchConditions(): EvaluationScope;
  /**
   * Without the authorizer, which messages and audit annotations cannot ask, not through variables either. An audit
   * annotation may name it all the same: that is an error of the API server's, kept.
   */
  withoutAuthorizer(): EvaluationScope;
}

/** Makes the scope of one policy, binding and parameter; its variables are evaluated at most once. */
export function createScope(
  { facts, values }: ScopeValues,
  variables: VariableSet,
  params: Json,
): EvaluationScope {
  const context = { authorize: (question: AuthorizerQuestion) => facts.authorize(question) };
  const limits: Limits = {
    cost: EXPRESSION_COST_LIMIT,
    ...(facts.isOver === undefined ? {} : { isOver: facts.isOver }),
  };
  const scopeOf = (visible: Activation['values']): EvaluationScope => {
    const base = { values: visible, context };
    const source: VariableSource = lazyVariables(variables, base, limits);
    const scope: EvaluationScope = {
      activation: { ...base, variables: source },
      limits,
      forMatchConditions: () => scopeOf({ ...visible, namespaceObject: null }),
      withoutAuthorizer: () => {
        const denied = {
          ...visible,
          authorizer: undefined,
          'authorizer.requestResource': undefined,
        };
        // Variables that never ask give the same again.
        return mayAsk(variables)
          ? scopeOf(denied)
          : { ...scope, activation: { ...scope.activation, values: denied } };
      },
    };
    return scope;
  };
  return scopeOf({ ...values, params: fromJson(params) });
}

/** Whether a variable may ask the authorizer. */
function mayAsk(variables: VariableSet): boolean {
  return [...variables.values()].some(
    (variable) => variable.ok && variable.program.source.includes('authorizer'),
  );
}
