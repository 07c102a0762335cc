import type { UserInfo } from '../../domain/decision.ts';
import { badRequest } from './api-error.ts';
import type { AccessAttributes } from './authorize.ts';
import { fieldsOf, isFields, textOf, textsOf, type Fields } from './json.ts';
import type { ServerContext } from './server-context.ts';

/** Who asks, and whom the answer comes from. */
type Asked = Pick<ServerContext, 'authorize' | 'userOfToken'> & { readonly user: UserInfo };

/** A resource that stores nothing: it is posted and answered. */
export interface VirtualResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  /** The `status` of the answer. */
  readonly statusFor: (spec: Fields, asked: Asked) => Fields;
}

const AUTHORIZATION = { group: 'authorization.k8s.io', version: 'v1' } as const;
const AUTHENTICATION = { group: 'authentication.k8s.io', version: 'v1' } as const;

export const VIRTUAL_RESOURCES: readonly VirtualResource[] = [
  {
    ...AUTHORIZATION,
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
    statusFor: (spec, asked) => accessStatus(asked, asked.user, spec),
  },
  {
    ...AUTHORIZATION,
    plural: 'subjectaccessreviews',
    kind: 'SubjectAccessReview',
    statusFor: (spec, asked) => accessStatus(asked, subjectOf(spec), spec),
  },
  {
    ...AUTHORIZATION,
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
    // What an authoriser allows cannot be listed.
    statusFor: () => ({
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: true,
    }),
  },
  {
    ...AUTHENTICATION,
    plural: 'selfsubjectreviews',
    kind: 'SelfSubjectReview',
    statusFor: (_spec, { user }) => ({ userInfo: user }),
  },
  {
    ...AUTHENTICATION,
    plural: 'tokenreviews',
    kind: 'TokenReview',
    statusFor: tokenStatus,
  },
];

function subjectOf(spec: Fields): UserInfo {
  const username = textOf(spec['user']);
  const groups = textsOf(spec['groups']);
  if (username === '' && groups.length === 0) {
    throw badRequest('at least one of user or group must be specified');
  }
  return { username, groups };
}

function accessStatus({ authorize }: Asked, user: UserInfo, spec: Fields): Fields {
  const resource = spec['resourceAttributes'];
  const path = spec['nonResourceAttributes'];
  if (isFields(resource) === isFields(path)) {
    throw badRequest(
      'exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  }
  const allowed = isFields(path) || authorize(user, attributesOf(fieldsOf(resource)));
  return allowed ? { allowed, reason: 'the sandbox allows it' } : { allowed };
}

function attributesOf(fields: Fields): AccessAttributes {
  const part = (name: string): string => textOf(fields[name]);
  return {
    verb: part('verb'),
    group: part('group'),
    resource: part('resource'),
    subresource: part('subresource'),
    namespace: part('namespace'),
    name: part('name'),
  };
}

function tokenStatus(spec: Fields, { userOfToken }: Asked): Fields {
  const token = textOf(spec['token']);
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const user = userOfToken(token);
  if (user === undefined) return { user: {}, error: 'invalid bearer token' };
  return { authenticated: true, user, audiences: ['https://kubernetes.default.svc'] };
}

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

/**
 * The answer to a posted object of a virtual resource.
 * @throws ApiError 400 when the question is incomplete
 */
export function answerVirtual(resource: VirtualResource, body: unknown, asked: Asked): Fields {
  const fields = fieldsOf(body);
  return {
    ...fields,
    apiVersion: `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: { creationTimestamp: null },
    status: resource.statusFor(fieldsOf(fields['spec']), asked),
  };
}
