import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../domain/policy.ts';
import { digestOf } from '../../lib/canonical-json.ts';
import { isJsonArray, isJsonObject } from '../../lib/lossless-json.ts';
import { parseYamlDocuments } from '../../lib/yaml-documents.ts';
import { isBinding, isPolicy } from '../../policy/policy-set.ts';
import { bindingParamsIssues } from '../../policy/params-schema.ts';
import { bindingIssues, specIssues } from '../../policy/spec-issues.ts';
import { readTestFile } from '../../policy/test-file.ts';
import { identityOf, type LintObject, type ObjectFinding } from './finding.ts';

type Members = LintObject['value'];

/**
 * What is wrong between objects: duplicates, and policies and bindings that do not fit together.
 * @param tested absolute paths of files that tests name
 */
export function lintSet(
  objects: readonly LintObject[],
  tested: ReadonlySet<string>,
): readonly ObjectFinding[] {
  const policies = objects.filter(({ value }) => isPolicy(value));
  const bindings = objects.filter(({ value }) => isBinding(value));
  return [
    ...duplicates(objects),
    ...policies.flatMap((policy) => lintPolicyUse(policy, bindings, tested)),
    ...bindings.flatMap((binding) => lintBindingUse(binding, policies)),
  ];
}

function duplicates(objects: readonly LintObject[]): readonly ObjectFinding[] {
  const known = new Map<string, LintObject>();
  return objects.flatMap((object): readonly ObjectFinding[] => {
    const { kind, namespace, name } = identityOf(object.value);
    const key = `${kind} ${namespace}/${name}`;
    const first = known.get(key);
    known.set(key, first ?? object);
    if (first === undefined || digestOf(first.value) === digestOf(object.value)) return [];
    const message = `${kind} ${name} is defined differently at ${first.file}:${first.line}`;
    return [{ code: 'SL1008', message, object, field: 'metadata.name' }];
  });
}

function lintPolicyUse(
  object: LintObject,
  bindings: readonly LintObject[],
  tested: ReadonlySet<string>,
): readonly ObjectFinding[] {
  const { kind, name } = identityOf(object.value);
  const isBound = bindings.some(
    ({ value }) => value['kind'] === `${kind}Binding` && policyNameOf(value) === name,
  );
  const isTested =
    object.path === '' || kind !== 'RolloutPolicy' || isTestedFile(object.path, tested);
  const finding = { object, field: 'metadata.name' } as const;
  return [
    ...(isBound
      ? []
      : [
          {
            ...finding,
            code: 'SL5001',
            message: `no ${kind}Binding names policy ${name}: it is not applied`,
          } as const,
        ]),
    ...(isTested
      ? []
      : [{ ...finding, code: 'SL6003', message: `no tests.yaml tests policy ${name}` } as const]),
  ];
}

function isTestedFile(path: string, tested: ReadonlySet<string>): boolean {
  if (tested.has(path)) return true;
  const tests = join(dirname(path), 'tests.yaml');
  return existsSync(tests) && policiesOf(tests).includes(path);
}

/** Files that a tests.yaml beside a policy names; none when it cannot be read, which is told when it is linted itself. */
function policiesOf(tests: string): readonly string[] {
  try {
    const [document] = parseYamlDocuments(readFileSync(tests, 'utf8'));
    const { policies } = readTestFile(document?.value ?? null);
    return policies.map((policy) => resolve(dirname(tests), policy));
  } catch {
    return [];
  }
}

function lintBindingUse(
  object: LintObject,
  policies: readonly LintObject[],
): readonly ObjectFinding[] {
  const { kind } = identityOf(object.value);
  const name = policyNameOf(object.value);
  if (name === '') return [];
  const policy = policies.find(
    ({ value }) => `${identityOf(value).kind}Binding` === kind && identityOf(value).name === name,
  );
  if (policy === undefined) {
    const message = `policy ${name} is not among the files`;
    return [{ code: 'SL5002', message, object, field: 'spec.policyName' }];
  }
  return [...lintParams(object, policy), ...lintSites(object, policy, name)];
}

function lintParams(object: LintObject, policy: LintObject): readonly ObjectFinding[] {
  if (bindingIssues(object.value).length > 0 || specIssues(policy.value).length > 0) return [];
  const bound = object.value as unknown as RolloutPolicyBinding;
  return bindingParamsIssues(policy.value as unknown as RolloutPolicy, bound).map(
    ({ field, message }): ObjectFinding => {
      const part = message.startsWith('unknown field') ? 'key' : 'value';
      return { code: 'SL5005', message, object, field, part };
    },
  );
}

function lintSites(object: LintObject, policy: LintObject, name: string): readonly ObjectFinding[] {
  const sites = sitesOf(policy.value) ?? ['Admission', 'Scan'];
  const own = sitesOf(object.value);
  if (own === undefined || own.some((site) => sites.includes(site))) return [];
  const message = `policy ${name} is evaluated at ${sites.join(', ')} only`;
  return [{ code: 'SL5004', message, object, field: 'spec.evaluateAt' }];
}

/** `spec.evaluateAt`; the object may have the wrong shape. */
function sitesOf({ spec }: LintObject['value']): readonly string[] | undefined {
  const sites = isJsonObject(spec ?? null) ? (spec as Members)['evaluateAt'] : undefined;
  if (sites === undefined || !isJsonArray(sites)) return undefined;
  return sites.filter((site) => typeof site === 'string');
}

function policyNameOf(value: LintObject['value']): string {
  const { spec } = value as { spec?: { policyName?: unknown } | null };
  return typeof spec?.policyName === 'string' ? spec.policyName : '';
}
