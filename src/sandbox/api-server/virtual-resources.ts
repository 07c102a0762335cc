import type { UserInfo } from '../../domain/decision.ts';
import { fieldsOf, type Fields } from './json.ts';

/** A resource that stores nothing: it is posted and answered. */
export interface VirtualResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  /** The `status` of the answer. */
  readonly statusFor: (spec: Fields, user: UserInfo) => Fields;
}

const AUTHORIZATION = { group: 'authorization.k8s.io', version: 'v1' } as const;

// The sandbox has no authorisation: everybody may do everything, and is told so.
const allowed = (): Fields => ({ allowed: true, reason: 'the sandbox has no authorisation' });

export const VIRTUAL_RESOURCES: readonly VirtualResource[] = [
  {
    ...AUTHORIZATION,
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    statusFor: allowed,
  },
  {
    ...AUTHORIZATION,
    plural: 'subjectaccessreviews',
    kind: 'SubjectAccessReview',
    statusFor: allowed,
  },
  {
    group: 'authentication.k8s.io',
    version: 'v1',
    plural: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    statusFor: (_spec, user) => ({ userInfo: user }),
  },
];

/** The virtual resource that a URL names. */
export function findVirtual(
  group: string,
  version: string,
  plural: string,
): VirtualResource | undefined {
  return VIRTUAL_RESOURCES.find(
    (resource) =>
      resource.group === group && resource.version === version && resource.plural === plural,
  );
}

/** The answer to a posted object of a virtual resource. */
export function answerVirtual(resource: VirtualResource, body: unknown, user: UserInfo): Fields {
  const fields = fieldsOf(body);
  return {
    ...fields,
    apiVersion: `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: { creationTimestamp: null },
    status: resource.statusFor(fieldsOf(fields['spec']), user),
  };
}
