import type { Approval } from '../../domain/approval.ts';
import type { PolicyException } from '../../domain/exception.ts';
import { parseApiVersion, type KubeObject, type ResourceType } from '../../domain/object.ts';
import type { RolloutPolicy, RolloutPolicyBinding } from '../../domain/policy.ts';
import { pluralOf } from '../../policy/plural.ts';
import { isBinding, isPolicy } from '../../policy/policy-set.ts';
import type { Json } from '../../lib/lossless-json.ts';
import type { ReportWorld } from './world.ts';

/** Kinds that are no subjects of policies in a report. */
const NOT_EXAMINED = new Set(['Namespace', 'PolicyException', 'Approval', 'Secret']);

/**
 * The world that files describe.
 * @param documents policies, bindings, namespaces, exceptions, approvals and whatever is to be examined
 */
export function worldOfFiles(documents: readonly Json[], source: string): ReportWorld {
  const objects = documents as unknown as readonly KubeObject[];
  const others = objects.filter(
    (object) => !isPolicy(object as unknown as Json) && !isBinding(object as unknown as Json),
  );
  const examined = others.filter(
    ({ kind, apiVersion }) => !NOT_EXAMINED.has(kind) && !apiVersion.startsWith('sluice.dev/'),
  );
  const ofKind = (kind: string): readonly KubeObject[] =>
    others.filter((object) => object.kind === kind);
  const described = ofKind('Namespace');
  const names = new Set(described.map(({ metadata }) => metadata.name));
  const used = [...new Set(examined.map(({ metadata }) => metadata.namespace))].filter(
    (name) => name !== undefined && !names.has(name),
  );
  return {
    source,
    policies: documents.filter(isPolicy) as unknown as readonly RolloutPolicy[],
    bindings: documents.filter(isBinding) as unknown as readonly RolloutPolicyBinding[],
    namespaces: [...described, ...used.map((name = '') => namespaceNamed(name))],
    exceptions: ofKind('PolicyException') as readonly PolicyException[],
    approvals: ofKind('Approval') as readonly Approval[],
    objects: examined.map((object) => ({ type: typeOf(object), object })),
    params: (apiVersion, kind) =>
      others.filter((object) => object.apiVersion === apiVersion && object.kind === kind),
    unseen: [
      'whether Sluice runs and reviews writes cannot be told from files',
      ...used.map((name = '') => `no file describes namespace ${name}: its labels are not known`),
    ],
  };
}

function namespaceNamed(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function typeOf({ apiVersion, kind, metadata }: KubeObject): ResourceType {
  return {
    ...parseApiVersion(apiVersion),
    kind,
    plural: pluralOf(apiVersion, kind),
    namespaced: metadata.namespace !== undefined,
  };
}
