import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './vap-client.ts';
import { SIDES, caseName } from './vap-objects.ts';
import type { Tree, VapCase } from './vap-case.ts';

/** An answer without what must differ: names of namespaces, kinds and webhooks, and what the server makes up. */
export interface Plain {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly cause: string;
  readonly warnings: readonly string[];
  readonly object: unknown;
  readonly audit: Tree;
}

/** How both start a refusal before the text of the policy begins. */
const KUBERNETES_PREFIX = /^\S+ "[^"]*" is forbidden: /;
const SLUICE_PREFIX = /^admission webhook "[\w.-]+" denied the request: /;
/** Who refuses; a mutation's refusal is written without the kind. */
const POLICY = /\b(?:ValidatingAdmissionPolicy|RolloutPolicy|policy) (?=['"])/g;
const SLUICE_AUDIT = /^[\w-]+\.(?:validate|mutate)\.sluice\.dev\//;

/** An answer as it is compared. */
export function plain(each: VapCase, answer: Answer, audit: Tree): Plain {
  const text = (value: string): string => neutral(each, value);
  const [first = ''] = text(answer.message).split('\n');
  return {
    code: answer.code,
    reason: answer.reason,
    message: first.replace(KUBERNETES_PREFIX, '').replace(SLUICE_PREFIX, '').replace(POLICY, ''),
    cause: (answer.causes[0] === undefined ? '' : text(answer.causes[0])).replace(POLICY, ''),
    warnings: answer.warnings.map((warning) => text(warning).replace(POLICY, '')),
    object: neutralObject(each, answer.object),
    audit: neutralAudit(each, audit),
  };
}

/** The fields in which two answers differ, as text; empty when they are the same. */
export function differences(kubernetes: Plain, sluice: Plain): string[] {
  return (Object.keys(kubernetes) as (keyof Plain)[])
    .filter((key) => !isDeepStrictEqual(kubernetes[key], sluice[key]))
    .map(
      (key) =>
        `${key}: ${JSON.stringify(kubernetes[key])} in Kubernetes, ${JSON.stringify(sluice[key])} in Sluice`,
    );
}

function neutral(each: VapCase, text: string): string {
  return SIDES.reduce(
    (result, side) => result.replaceAll(`${caseName(each)}-${side}`, caseName(each)),
    text,
  );
}

/** Without what the server makes up, and what controllers write at their own pace. */
function neutralObject(each: VapCase, object: unknown): unknown {
  if (object === undefined) return undefined;
  const whole = JSON.parse(neutral(each, JSON.stringify(object))) as Tree & { metadata: Tree };
  const metadata = Object.entries(whole.metadata)
    .filter(([field]) => !MADE_UP.has(field))
    .map(withoutOthersWork);
  const rest = Object.entries(whole).filter(([field]) => field !== 'status');
  return { ...Object.fromEntries(rest), metadata: Object.fromEntries(metadata) };
}

const MADE_UP = new Set([
  'uid',
  'creationTimestamp',
  'resourceVersion',
  'generation',
  'managedFields',
]);
const REVISION = 'deployment.kubernetes.io/revision';

function withoutOthersWork([field, value]: [string, unknown]): [string, unknown] {
  if (field === 'ownerReferences') {
    return [field, (value as Tree[]).map((owner) => ({ ...owner, uid: '' }))];
  }
  if (field !== 'annotations') return [field, value];
  return [
    field,
    Object.fromEntries(Object.entries(value as Tree).filter(([key]) => key !== REVISION)),
  ];
}

/** Annotations of policies, by `<policy>/<key>`. */
function neutralAudit(each: VapCase, audit: Tree): Tree {
  const entries = Object.entries(audit).flatMap(([key, value]) => {
    const own = key.replace(SLUICE_AUDIT, '');
    const isPolicy = own !== key || key.startsWith(caseName(each));
    const isFailure = key === 'validation.policy.admission.k8s.io/validation_failure';
    // Kubernetes has nothing that would tell a decision from others.
    if ((!isPolicy && !isFailure) || own === 'sluice.dev.decision') return [];
    const name =
      isFailure || own === 'sluice.dev.validation_failure'
        ? 'validation_failure'
        : own.replace('/', '.');
    return [[name, neutral(each, String(value))] as const];
  });
  return Object.fromEntries(entries.sort());
}
