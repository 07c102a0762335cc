import type { KubeObject } from './object.ts';

/** Moments at which a policy may be evaluated. The last three are gates. */
export const CALL_SITES = [
  'Admission',
  'Scan',
  'RolloutStart',
  'TrafficIncrease',
  'Promotion',
] as const;
export type CallSite = (typeof CALL_SITES)[number];

/** The gates of a rollout, in the order in which a rollout meets them. */
export const GATES = ['RolloutStart', 'TrafficIncrease', 'Promotion'] as const;
export type Gate = (typeof GATES)[number];

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';
export type FailurePolicy = 'Fail' | 'Ignore';
export type ValidationAction = 'Deny' | 'Hold' | 'Warn' | 'Audit';
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: {
    key: string;
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    values?: string[];
  }[];
}

export interface NamedRuleWithOperations {
  apiGroups?: string[];
  apiVersions?: string[];
  operations?: (Operation | '*')[];
  resources?: string[];
  resourceNames?: string[];
  scope?: 'Cluster' | 'Namespaced' | '*';
}

export interface MatchResources {
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  resourceRules?: NamedRuleWithOperations[];
  excludeResourceRules?: NamedRuleWithOperations[];
  matchPolicy?: 'Equivalent' | 'Exact';
}

export interface NamedExpression {
  name: string;
  expression: string;
}

export interface Validation {
  name?: string;
  expression: string;
  message?: string;
  messageExpression?: string;
  reason?: 'Unauthorized' | 'Forbidden' | 'Invalid' | 'RequestEntityTooLarge';
  remediation?: string;
}

export type Mutation =
  | { patchType: 'JSONPatch'; jsonPatch: { expression: string } }
  | { patchType: 'ApplyConfiguration'; applyConfiguration: { expression: string } };

export interface ControlReference {
  id: string;
  controls: string[];
}

/** `spec` of a RolloutPolicy: ValidatingAdmissionPolicy and MutatingAdmissionPolicy v1 plus the fields of design §3.1. */
export interface RolloutPolicySpec {
  title?: string;
  category?: string;
  severity?: Severity;
  remediation?: string;
  standards?: ControlReference[];
  evaluateAt?: CallSite[];
  paramKind?: { apiVersion: string; kind: string };
  /** Structural OpenAPI v3 schema of the params that bindings give in place; excludes `paramKind`. */
  paramsSchema?: Record<string, unknown>;
  matchConstraints?: MatchResources;
  matchConditions?: NamedExpression[];
  variables?: NamedExpression[];
  validations?: Validation[];
  mutations?: Mutation[];
  auditAnnotations?: { key: string; valueExpression: string }[];
  failurePolicy?: FailurePolicy;
  emergency?: 'Allowed' | 'Forbidden';
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** Violations by what they lead to. */
interface ViolationCounts {
  denied: number;
  held: number;
  warned: number;
  /** Would have been denied if its bindings that only audit denied. */
  audited: number;
  errors: number;
  excepted: number;
}

/** What one replica has found in reviews since it started. Times are RFC 3339. */
export interface AdmissionCountsStatus extends ViolationCounts {
  since: string;
  /** Of the last one. */
  until: string;
}

/** Objects by what a policy does to them now. */
export interface PolicyScanStatus extends ViolationCounts {
  passed: number;
  /** `Kind namespace/name` of some that do not meet it. */
  examples?: string[];
}

export interface RolloutPolicy extends KubeObject {
  spec: RolloutPolicySpec;
  status?: {
    observedGeneration?: number;
    environmentVersion?: string;
    /** The bindings that put it into force, with the strictest of their actions. */
    bindings?: { name: string; action: ValidationAction }[];
    /** Existing objects by what the policy does to them, as the background scan found last. */
    scan?: PolicyScanStatus;
    /** Violations in reviews of real writes, by the replica that answered them. */
    admission?: Record<string, AdmissionCountsStatus>;
    /** Of evaluations, sampled by the background scan. */
    latency?: { p50Micros: number; p99Micros: number };
    /** What checking the expressions against the schemas of the matched kinds found. */
    typeChecking?: { expressionWarnings?: { fieldRef: string; warning: string }[] };
    conditions?: Condition[];
  };
}

export interface ParamRef {
  name?: string;
  namespace?: string;
  selector?: LabelSelector;
  parameterNotFoundAction?: 'Allow' | 'Deny';
}

export interface RolloutPolicyBindingSpec {
  policyName: string;
  matchResources?: MatchResources;
  validationActions?: ValidationAction[];
  paramRef?: ParamRef;
  params?: Record<string, unknown>;
  evaluateAt?: CallSite[];
}

export interface RolloutPolicyBinding extends KubeObject {
  spec: RolloutPolicyBindingSpec;
  status?: { observedGeneration?: number; conditions?: Condition[] };
}
