import type { RolloutPolicy } from '../../domain/policy.ts';
import { closest } from '../../lib/closest.ts';
import { isJsonArray, isJsonObject, type Json } from '../../lib/lossless-json.ts';
import { identityOf, type LintObject, type ObjectFinding } from './finding.ts';

/**
 * What is wrong between the exceptions and the policies of the files: a policy or validation that there is none of, an
 * emergency for a policy that knows none. Nothing when there is no RolloutPolicy among the files.
 */
export function lintExceptionUse(objects: readonly LintObject[]): readonly ObjectFinding[] {
  const policies = new Map(
    objects
      .filter(({ value }) => value['kind'] === 'RolloutPolicy')
      .map(({ value }) => [identityOf(value).name, value]),
  );
  if (policies.size === 0) return [];
  return objects
    .filter(({ value }) => value['kind'] === 'PolicyException')
    .flatMap((object) =>
      listIn(object.value['spec'], 'policies').flatMap((named, index) =>
        lintNamed(object, { named, field: `spec.policies[${index}]` }, policies),
      ),
    );
}

function lintNamed(
  object: LintObject,
  { named, field }: { readonly named: Json; readonly field: string },
  policies: ReadonlyMap<string, LintObject['value']>,
): readonly ObjectFinding[] {
  const name = isJsonObject(named) ? named['name'] : undefined;
  if (typeof name !== 'string' || name === '') return [];
  const policy = policies.get(name);
  const at = { object, field: `${field}.name` } as const;
  if (policy === undefined) {
    const message = `policy ${name} is not among the files${meant(name, [...policies.keys()])}`;
    return [{ ...at, code: 'SL7004', message }];
  }
  return [
    ...lintValidations(object, { named, field }, policy),
    ...(isIdleEmergency(object, policy)
      ? [
          {
            ...at,
            code: 'SL7005',
            message: `policy ${name} does not say emergency: Allowed: this emergency does not touch it`,
          } as const,
        ]
      : []),
  ];
}

/** A validation is named by its name or, unless that is another's name, its index. */
function lintValidations(
  object: LintObject,
  { named, field }: { readonly named: Json; readonly field: string },
  policy: LintObject['value'],
): readonly ObjectFinding[] {
  const validations = listIn(policy['spec'], 'validations');
  const labels = validations.map((validation, index) => {
    const name = isJsonObject(validation) ? validation['name'] : undefined;
    return typeof name === 'string' && name !== '' ? name : String(index);
  });
  const known = new Set([...labels, ...validations.keys().map(String)]);
  return listIn(named, 'validations').flatMap((each, index): readonly ObjectFinding[] => {
    if (typeof each !== 'string' || known.has(each)) return [];
    const message = `policy ${identityOf(policy).name} has no validation ${each}${meant(each, labels)}`;
    return [{ code: 'SL7004', message, object, field: `${field}.validations[${index}]` }];
  });
}

function isIdleEmergency(object: LintObject, policy: LintObject['value']): boolean {
  const { spec } = object.value as { readonly spec?: { readonly type?: unknown } };
  const { emergency } = (policy as unknown as Partial<RolloutPolicy>).spec ?? {};
  return spec?.type === 'Emergency' && emergency !== 'Allowed';
}

function listIn(value: Json | undefined, name: string): readonly Json[] {
  const list = isJsonObject(value) ? value[name] : undefined;
  return list !== undefined && isJsonArray(list) ? list : [];
}

function meant(name: string, known: readonly string[]): string {
  const candidate = closest(name, known);
  return candidate === undefined ? '' : `; did you mean ${candidate}?`;
}
