import { internalError } from '../api-error.ts';
import { sameJson } from '../json.ts';
import { applyJsonPatch } from '../json-patch.ts';
import type { ApiObject } from '../resource.ts';
import type { Admission, AdmissionAttributes, ServerContext } from '../server-context.ts';
import { checkPolicies } from './policy-admission.ts';
import { callHook, type CallContext } from './call-hook.ts';
import { hooksOf, type Hook } from './hook.ts';
import { inVersion, matchHook, type Invocation } from './match-hook.ts';

type WebhookContext = CallContext & Pick<ServerContext, 'store' | 'registry' | 'engine' | 'clock'>;

/** Admission by the stored webhook configurations and ValidatingAdmissionPolicies. */
export function webhookAdmission(context: WebhookContext): Admission {
  return {
    mutate: (attributes) => mutate(context, attributes),
    validate: (attributes) => validate(context, attributes),
  };
}

/**
 * Asks the mutating webhooks one after another; those with reinvocationPolicy IfNeeded once more when the object
 * changed after they were asked.
 */
async function mutate(
  context: WebhookContext,
  attributes: AdmissionAttributes,
): Promise<ApiObject | null> {
  const hooks = hooksOf(context.store, 'mutating');
  let { object } = attributes;
  const asked: Hook[] = [];
  const again = new Set<Hook>();
  for (const hook of hooks) {
    const changed = await mutateBy(context, hook, { ...attributes, object });
    if (!sameJson(changed.object, object)) for (const earlier of asked) again.add(earlier);
    object = changed.object;
    if (changed.asked && hook.reinvokes) asked.push(hook);
  }
  for (const hook of again) {
    object = (await mutateBy(context, hook, { ...attributes, object })).object;
  }
  return object;
}

async function mutateBy(
  context: WebhookContext,
  hook: Hook,
  attributes: AdmissionAttributes,
): Promise<{ object: ApiObject | null; asked: boolean }> {
  const { object } = attributes;
  const invocation = matchHook(context, hook, attributes);
  if (invocation === undefined) return { object, asked: false };
  const answer = await callHook(context, invocation, attributes);
  if (answer?.patch === undefined || object === null) return { object, asked: true };
  return { object: patched(invocation, { object, patch: answer.patch, attributes }), asked: true };
}

function patched(
  { hook, resource }: Invocation,
  {
    object,
    patch,
    attributes,
  }: { object: ApiObject; patch: unknown; attributes: AdmissionAttributes },
): ApiObject {
  try {
    // The webhook patched the version that it was shown.
    const result = applyJsonPatch(inVersion(resource, object), patch) as ApiObject;
    return { ...result, apiVersion: object.apiVersion, metadata: { ...result.metadata } };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable patch';
    const name = JSON.stringify(attributes.name);
    throw internalError(`webhook ${JSON.stringify(hook.name)} attempted to patch ${name}: ${why}`);
  }
}

/** Evaluates the policies, then asks all validating webhooks at once; the first in order that denies is the answer. */
async function validate(context: WebhookContext, attributes: AdmissionAttributes): Promise<void> {
  checkPolicies(context, attributes);
  const invocations = hooksOf(context.store, 'validating')
    .map((hook) => matchHook(context, hook, attributes))
    .filter((invocation) => invocation !== undefined);
  const results = await Promise.allSettled(
    invocations.map((invocation) => callHook(context, invocation, attributes)),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
