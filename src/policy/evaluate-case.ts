import type { RolloutPolicy, RolloutPolicyBinding, ValidationAction } from '../domain/policy.ts';
import { SluiceError } from '../domain/errors.ts';
import { BUNDLED_SCHEMAS } from '../domain/kind-schemas/bundled-schemas.ts';
import type { KindSchemas } from '../domain/kind-schemas/kind-schemas.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { JsonDouble, isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import { failureList } from './audit-annotations.ts';
import { CostBudget } from './budget.ts';
import { readBindings, readCase, readPolicy, type CaseInput, type CaseLine } from './case-input.ts';
import { caseParams } from './case-params.ts';
import { compileStoredPolicy, type CompiledPolicy } from './compile.ts';
import { evaluateActive, type EvaluationContext, type Failure } from './evaluate-active.ts';
import { scopeValues } from './expression.ts';
import { codeOf } from './message.ts';
import { mutateActive } from './mutate.ts';
import { namespaceView } from './namespace-view.ts';
import { selectorErrors } from './selector-errors.ts';
import { requestJson, requestResource } from './request-json.ts';
import { stubAuthorizer } from './stub-authorizer.ts';

interface CaseResult {
  /** What would refuse the policy when it is created; evaluation goes on, as for a stored policy. */
  readonly createErrors?: readonly string[];
  readonly allowed: boolean;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly causes?: readonly string[];
}

/** The answer of one policy case, shaped like `want` of policy.jsonl. */
export interface PolicyCaseResult extends CaseResult {
  readonly warnings?: readonly string[];
  readonly audit?: Readonly<Record<string, string>>;
}

/** The answer of one mutation case, shaped like `want` of mutation.jsonl. */
export interface MutationCaseResult extends CaseResult {
  readonly changed?: boolean;
  readonly object?: Json;
}

/**
 * Evaluates a whole ValidatingAdmissionPolicy as the API server does.
 * @param line of kind `policy`, merged with its fixture
 * @throws SluiceError SLUICE_INPUT when a field is malformed
 */
export function evaluatePolicyCase(line: CaseLine): PolicyCaseResult {
  const input = readCase(line);
  const policy = readPolicy(line['policy']);
  const compiled = compileCase(policy);
  const bindings = readBindings(line['bindings'], policy, input.params);
  return answering(compiled, input, () => {
    const active = { compiled, bindings };
    const { failures, annotations } = evaluateActive(active, contextOf(input));
    const audited = failures.filter(
      (failure) => failure.kind === 'validation' && has(failure, 'Audit'),
    );
    const warnings = failures
      .filter((failure) => failure.kind === 'validation' && has(failure, 'Warn'))
      .map((failure) => `Validation failed for ${subjectOf(failure)}: ${failure.message}`);
    const audit = Object.fromEntries([
      ...[...annotations].map(([key, values]) => [`${compiled.name}/${key}`, values.join(', ')]),
      ...(audited.length === 0 ? [] : [[AUDIT_KEY, failureList(audited)]]),
    ]) as Record<string, string>;
    return {
      ...statusOf(
        input,
        failures.find((failure) => failure.kind !== 'validation' || has(failure, 'Deny')),
      ),
      ...(warnings.length === 0 ? {} : { warnings }),
      ...(Object.keys(audit).length === 0 ? {} : { audit }),
    };
  });
}

const AUDIT_KEY = 'validation.policy.admission.k8s.io/validation_failure';

/**
 * Applies a whole MutatingAdmissionPolicy, or a bare JSONPatch expression, as the API server does.
 * @param line of kind `mutation`, merged with its fixture
 * @throws SluiceError SLUICE_INPUT when a field is malformed or there is no object
 */
export function evaluateMutationCase(line: CaseLine): MutationCaseResult {
  const input = readCase(line);
  if (input.object === null) throw new SluiceError('SLUICE_INPUT', 'a mutation needs an object');
  const policy = readPolicy(line['policy'] ?? wrapped(line));
  const compiled = compileCase(policy);
  const bindings = readBindings(line['bindings'], policy, input.params);
  return answering(compiled, input, () => {
    const outcome = mutateActive({ compiled, bindings }, input.object, contextOf(input), {
      checkIdempotence: false,
    });
    const status = mutationStatus(outcome.failures);
    if (!status.allowed) return status;
    const object = plainNumbers(outcome.object);
    const changed = canonicalJson(object) !== canonicalJson(plainNumbers(input.object));
    return { ...status, changed, ...(changed ? { object } : {}) };
  });
}

/** A bare expression as a policy that matches everything. */
function wrapped(line: CaseLine): Json {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingAdmissionPolicy',
    metadata: { name: 'p' },
    spec: {
      ...(Object.hasOwn(line, 'params')
        ? { paramKind: { apiVersion: 'sluice.dev/v1', kind: 'Params' } }
        : {}),
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['*'],
            apiVersions: ['*'],
            resources: ['*/*'],
            operations: ['CREATE', 'UPDATE'],
          },
        ],
      },
      variables: line['variables'] ?? [],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: line['expression'] ?? '' } }],
    },
  };
}

function compileCase(policy: RolloutPolicy): CompiledPolicy {
  return compileStoredPolicy(policy, { hasParams: policy.spec.paramKind !== undefined });
}

/** Raised when the namespace of a request is not known: the API server then refuses it whatever failurePolicy says. */
class NamespaceNotFound extends Error {
  override readonly name = 'NamespaceNotFound';
}

/** Types of kinds that are not bundled are deduced from the values: maps merge, lists are replaced as a whole. */
const CASE_SCHEMAS: KindSchemas = {
  ...BUNDLED_SCHEMAS,
  schemaOf: (kind) => BUNDLED_SCHEMAS.schemaOf(kind) ?? { schema: {}, isBuiltin: false },
};

function contextOf(input: CaseInput): EvaluationContext {
  const { request, object, oldObject, namespaceObject } = input;
  const isNamespace = request.kind.group === '' && request.kind.kind === 'Namespace';
  const needsNamespace = (request.namespace ?? '') !== '' && !isNamespace;
  return {
    subject: { request, object, oldObject, namespaceObject, anyOperation: false },
    values: scopeValues({
      request: requestJson(request),
      requestResource: requestResource(request),
      object,
      oldObject,
      namespaceObject: isNamespace ? null : namespaceView(namespaceObject),
      rollout: null,
      now: 0n,
      authorize: stubAuthorizer(input.authorizer, request.userInfo),
    }),
    callSite: undefined,
    schemas: CASE_SCHEMAS,
    allMessages: true,
    budget: new CostBudget(Infinity),
    paramsOf: (policy: RolloutPolicy, binding: RolloutPolicyBinding) => {
      const found = caseParams(input, policy, binding);
      if (found.problem === undefined && needsNamespace && namespaceObject === null) {
        throw new NamespaceNotFound();
      }
      return found;
    },
  };
}

function answering<T extends CaseResult>(
  compiled: CompiledPolicy,
  { request }: CaseInput,
  evaluate: () => T,
): T | CaseResult {
  const { spec } = compiled.policy;
  const written = compileStoredPolicy(compiled.policy, {
    hasParams: spec.paramKind !== undefined,
    mode: 'new',
  });
  const createErrors = [
    ...selectorErrors(spec.matchConstraints),
    ...written.issues.map(({ field, message }) => `${field}: Invalid value: ${message}`),
  ];
  const refused = createErrors.length === 0 ? {} : { createErrors };
  try {
    return { ...refused, ...evaluate() };
  } catch (error) {
    if (!(error instanceof NamespaceNotFound)) throw error;
    const message = `namespaces "${request.namespace ?? ''}" not found`;
    return { ...refused, allowed: false, code: 404, reason: 'NotFound', message };
  }
}

function has({ binding }: Failure, action: ValidationAction): boolean {
  return binding?.spec.validationActions?.includes(action) ?? false;
}

function subjectOf({ compiled, binding }: Failure): string {
  const bound = binding === undefined ? '' : ` with binding '${binding.metadata.name}'`;
  return `${compiled.policy.kind} '${compiled.name}'${bound}`;
}

function statusOf({ request, object }: CaseInput, denial: Failure | undefined): CaseResult {
  if (denial === undefined) return { allowed: true };
  const cause = `${subjectOf(denial)} denied request: ${denial.message}`;
  const { group, resource } = request.requestResource ?? request.resource;
  const what = group === '' ? resource : `${resource}.${group}`;
  const named = resource === '' ? '' : `${what} "${nameOf(request.name, object)}" is `;
  const reason = denial.reason === '' ? 'Invalid' : denial.reason;
  return {
    allowed: false,
    code: codeOf(reason),
    reason,
    message: `${named}forbidden: ${cause}`,
    causes: [cause],
  };
}

/** What could not be configured comes before what could not be evaluated; all of it is told as causes. */
function mutationStatus(failures: readonly Failure[]): CaseResult {
  const isConfiguration = ({ kind }: Failure): boolean => kind === 'configuration';
  const ordered = [
    ...failures.filter(isConfiguration),
    ...failures.filter((failure) => !isConfiguration(failure)),
  ];
  const [first] = ordered;
  if (first === undefined) return { allowed: true };
  const causes = ordered.map(({ compiled, binding, message }) =>
    binding === undefined
      ? `policy ${JSON.stringify(compiled.name)} denied request: ${message}`
      : `policy '${compiled.name}' with binding '${binding.metadata.name}' denied request: ${message}`,
  );
  const reason = first.reason === '' ? 'Invalid' : first.reason;
  return { allowed: false, code: 403, reason, message: causes[0] ?? '', causes };
}

function nameOf(name: string, object: Json): string {
  if (name !== '') return name;
  const metadata = isJsonObject(object) ? object['metadata'] : undefined;
  const generated = isJsonObject(metadata) ? metadata['generateName'] : undefined;
  return typeof generated === 'string' && generated !== '' ? generated : 'Unknown';
}

/** As Go prints numbers: 3.0 is 3. */
function plainNumbers(value: Json): Json {
  if (value instanceof JsonDouble) return value.value;
  if (isJsonArray(value)) return value.map(plainNumbers);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainNumbers(each)]));
}
