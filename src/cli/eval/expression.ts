import { authorizerValues } from '../../cel/authorizer-values.ts';
import { compile, type CompileResult } from '../../cel/compile.ts';
import { admissionEnvironment, type AdmissionOptions } from '../../cel/environment.ts';
import { fromJson, fromTypedJson } from '../../cel/from-json.ts';
import type { Activation, Limits } from '../../cel/program.ts';
import { toBriefTagged, type BigTagged, type Tagged } from '../../cel/tagged.ts';
import {
  BOOL,
  DYN,
  NULL,
  STRING,
  listOf,
  struct,
  typeText,
  type CelType,
} from '../../cel/types.ts';
import { lazyVariables } from '../../cel/variables.ts';
import type { CelErrorClass } from '../../cel/library.ts';
import { JSON_PATCH } from '../../cel/admission-environment.ts';
import type { RequestFacts } from '../../domain/decision.ts';
import { SluiceError } from '../../domain/errors.ts';
import { isJsonArray, isJsonObject, JsonDouble, type Json } from '../../lib/lossless-json.ts';
import { requestOf } from '../../policy/case-input.ts';
import { namespaceView } from '../../policy/namespace-view.ts';
import { requestJson } from '../../policy/request-json.ts';
import { stubAuthorizer } from '../../policy/stub-authorizer.ts';
import { document, numberOf, textOf, variablesOf, type EvalLine } from './line.ts';

/** The answer to an expression. */
export type ExpressionAnswer =
  | {
      readonly ok: true;
      readonly value: Tagged | BigTagged;
      readonly type: string;
      readonly cost: number;
    }
  | {
      readonly ok: false;
      readonly kind: 'compile' | 'runtime' | 'cost' | 'budget';
      readonly class: CelErrorClass;
      readonly error: string;
      readonly type?: string;
      readonly cost?: number;
    };

/** Result types by the slot an expression stands in; others allow any. */
const RESULTS: Readonly<Record<string, readonly CelType[]>> = {
  validation: [BOOL],
  matchCondition: [BOOL],
  message: [STRING],
  audit: [STRING, NULL],
  patch: [listOf(struct(JSON_PATCH))],
};

/** Cost that an expression and its variables may use together when the line says nothing. */
const BUDGET = 10_000_000;

/**
 * Compiles and evaluates one expression as ValidatingAdmissionPolicy does.
 * @param line merged with its fixture
 * @throws SluiceError SLUICE_INPUT when a field is malformed
 */
export function evaluateExpression(line: EvalLine): ExpressionAnswer {
  const slot = textOf(line['as']);
  const options = optionsOf(line, slot);
  const variables = compileVariables(line, options);
  const environment = admissionEnvironment({ ...options, variables: typesOf(variables) });
  const wanted = Object.hasOwn(RESULTS, slot) ? RESULTS[slot] : undefined;
  const source = line['expression'];
  if (typeof source !== 'string') {
    throw new SluiceError('SLUICE_INPUT', 'a line needs an expression, a policy or a mutation');
  }
  const compiled = compile(source, environment, wanted === undefined ? {} : { result: wanted });
  if (!compiled.ok) {
    const { errorClass, message } = compiled;
    return { ok: false, kind: 'compile', class: errorClass, error: message };
  }
  return run(line, compiled, variables);
}

function run(
  line: EvalLine,
  { program }: Extract<CompileResult, { ok: true }>,
  variables: ReadonlyMap<string, CompileResult>,
): ExpressionAnswer {
  const costLimit = numberOf(line, 'costLimit');
  const limits: Limits = costLimit === undefined ? {} : { cost: costLimit };
  const slot = textOf(line['as']);
  const activation = activationOf(line, slot);
  const forVariables = slot === 'audit' ? activationOf(line, '') : activation;
  const source = lazyVariables(variables, forVariables, limits);
  const outcome = program.evaluate({ ...activation, variables: source }, limits);
  const type = typeText(program.type);
  const { cost } = outcome;
  if (cost > (numberOf(line, 'budget') ?? BUDGET)) {
    const error =
      'validation failed due to running out of cost budget, no further validation rules will be run';
    return { ok: false, kind: 'budget', class: 'budget', error, type };
  }
  if (outcome.ok) return { ok: true, value: toBriefTagged(outcome.value), type, cost };
  const { kind, errorClass, message } = outcome;
  return { ok: false, kind, class: errorClass, error: message, type, cost };
}

function optionsOf(line: EvalLine, slot: string): AdmissionOptions {
  const version = textOf(line['envVersion']);
  const mode = textOf(line['envMode']);
  return {
    hasParams: Object.hasOwn(line, 'params'),
    hasAuthorizer: slot !== 'message',
    hasPatchTypes: slot === 'patch',
    hasSluiceVariables: Object.hasOwn(line, 'now') || Object.hasOwn(line, 'rollout'),
    ...(mode === 'new' || mode === 'stored' ? { mode } : {}),
    ...(version === '' ? {} : { version }),
  };
}

function compileVariables(
  line: EvalLine,
  options: AdmissionOptions,
): ReadonlyMap<string, CompileResult> {
  const compiled = new Map<string, CompileResult>();
  for (const { name, expression } of variablesOf(line)) {
    const environment = admissionEnvironment({
      ...options,
      hasAuthorizer: true,
      hasPatchTypes: false,
      variables: typesOf(compiled),
    });
    compiled.set(name, compile(expression, environment));
  }
  return compiled;
}

function typesOf(compiled: ReadonlyMap<string, CompileResult>): Readonly<Record<string, CelType>> {
  return Object.fromEntries(
    [...compiled].map(([name, result]) => [name, result.ok ? result.program.type : DYN]),
  );
}

/** What the names stand for: a match condition sees no namespace, an audit annotation no authorizer. */
function activationOf(line: EvalLine, slot: string): Activation {
  const object = document(line['object']);
  const oldObject = document(line['oldObject']);
  const given = line['request'];
  const request = requestOf(isJsonObject(given) ? given : {}, object, oldObject);
  const namespace = slot === 'matchCondition' ? null : document(line['namespaceObject']);
  return {
    values: {
      object: fromJson(object),
      oldObject: fromJson(oldObject),
      request: fromTypedJson(requestJson(request)),
      params: fromJson(withGoNumbers(document(line['params']))),
      namespaceObject: fromTypedJson(namespaceView(namespace)),
      rollout: fromJson(document(line['rollout'])),
      ...(slot === 'audit' || slot === 'message' ? {} : authorizerOf(request)),
    },
    context: { authorize: stubAuthorizer(document(line['authorizer']), request.userInfo) },
  };
}

/** As Go prints numbers: the API server prints parameters once more before expressions see them, and 3.0 becomes 3. */
function withGoNumbers(json: Json): Json {
  if (json instanceof JsonDouble) return Math.abs(json.value) < 2 ** 63 ? BigInt(json.value) : json;
  if (isJsonArray(json)) return json.map(withGoNumbers);
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, each]) => [key, withGoNumbers(each)]));
}

function authorizerOf(request: RequestFacts): ReturnType<typeof authorizerValues> {
  const { group, resource } = request.resource;
  return authorizerValues({
    group,
    resource,
    subresource: request.subResource ?? '',
    namespace: request.namespace ?? '',
    name: request.name,
  });
}
