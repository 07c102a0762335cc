/** How a field is read. `count` drops a zero, which Go writes for an unset number. */
export type FieldType =
  | 'string'
  | 'bytes'
  | 'int'
  | 'count'
  | 'bool'
  | 'skip'
  | { readonly message: Message }
  | { readonly list: Message | 'string' }
  | { readonly map: 'string' | 'bytes' };

/** Fields by number: the JSON name and how it is read. */
export type Message = Readonly<Record<number, readonly [name: string, type: FieldType]>>;

const TEXT_MAP = { map: 'string' } as const;

const OBJECT_META: Message = {
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  4: ['selfLink', 'skip'],
  5: ['uid', 'string'],
  6: ['resourceVersion', 'string'],
  7: ['generation', 'skip'],
  8: ['creationTimestamp', 'skip'],
  11: ['labels', TEXT_MAP],
  12: ['annotations', TEXT_MAP],
  14: ['finalizers', { list: 'string' }],
  17: ['managedFields', 'skip'],
};

const METADATA = ['metadata', { message: OBJECT_META }] as const;
const STATUS = ['status', 'skip'] as const;

const CONTAINER_PORT: Message = {
  1: ['name', 'string'],
  2: ['hostPort', 'count'],
  3: ['containerPort', 'count'],
  4: ['protocol', 'string'],
  5: ['hostIP', 'string'],
};

const CONTAINER: Message = {
  1: ['name', 'string'],
  2: ['image', 'string'],
  3: ['command', { list: 'string' }],
  4: ['args', { list: 'string' }],
  5: ['workingDir', 'string'],
  6: ['ports', { list: CONTAINER_PORT }],
  7: ['env', { list: { 1: ['name', 'string'], 2: ['value', 'string'] } }],
  13: ['terminationMessagePath', 'string'],
  14: ['imagePullPolicy', 'string'],
  16: ['stdin', 'skip'],
  17: ['stdinOnce', 'skip'],
  18: ['tty', 'skip'],
  20: ['terminationMessagePolicy', 'string'],
};

const POD_SPEC: Message = {
  2: ['containers', { list: CONTAINER }],
  3: ['restartPolicy', 'string'],
  6: ['dnsPolicy', 'string'],
  8: ['serviceAccountName', 'string'],
  9: ['serviceAccount', 'skip'],
  10: ['nodeName', 'string'],
  11: ['hostNetwork', 'skip'],
  12: ['hostPID', 'skip'],
  13: ['hostIPC', 'skip'],
  16: ['hostname', 'string'],
  17: ['subdomain', 'string'],
  19: ['schedulerName', 'string'],
  24: ['priorityClassName', 'string'],
};

const DEPLOYMENT_SPEC: Message = {
  1: ['replicas', 'int'],
  2: ['selector', { message: { 1: ['matchLabels', TEXT_MAP] } }],
  3: ['template', { message: { 1: METADATA, 2: ['spec', { message: POD_SPEC }] } }],
  4: ['strategy', { message: { 1: ['type', 'string'] } }],
  5: ['minReadySeconds', 'count'],
  6: ['revisionHistoryLimit', 'int'],
  7: ['paused', 'skip'],
  9: ['progressDeadlineSeconds', 'int'],
};

const RESOURCE_ATTRIBUTES: Message = {
  1: ['namespace', 'string'],
  2: ['verb', 'string'],
  3: ['group', 'string'],
  4: ['version', 'string'],
  5: ['resource', 'string'],
  6: ['subresource', 'string'],
  7: ['name', 'string'],
};

const ACCESS_REVIEW_SPEC: Message = {
  1: ['resourceAttributes', { message: RESOURCE_ATTRIBUTES }],
  2: ['nonResourceAttributes', { message: { 1: ['path', 'string'], 2: ['verb', 'string'] } }],
};

/**
 * What kubectl's own `create`, `run` and `auth` commands send, which know no other form: messages by apiVersion and
 * kind. Source: the generated.proto files of k8s.io/api.
 */
export const MESSAGES: Readonly<Record<string, Message>> = {
  'v1 Namespace': { 1: METADATA, 2: ['spec', 'skip'], 3: STATUS },
  'v1 ConfigMap': {
    1: METADATA,
    2: ['data', TEXT_MAP],
    3: ['binaryData', { map: 'bytes' }],
    4: ['immutable', 'bool'],
  },
  'v1 Secret': {
    1: METADATA,
    2: ['data', { map: 'bytes' }],
    3: ['type', 'string'],
    4: ['stringData', TEXT_MAP],
    5: ['immutable', 'bool'],
  },
  'v1 ServiceAccount': { 1: METADATA },
  'v1 Pod': { 1: METADATA, 2: ['spec', { message: POD_SPEC }], 3: STATUS },
  'apps/v1 Deployment': { 1: METADATA, 2: ['spec', { message: DEPLOYMENT_SPEC }], 3: STATUS },
  'authorization.k8s.io/v1 SelfSubjectAccessReview': {
    1: METADATA,
    2: ['spec', { message: ACCESS_REVIEW_SPEC }],
    3: STATUS,
  },
  'authorization.k8s.io/v1 SelfSubjectRulesReview': {
    1: METADATA,
    2: ['spec', { message: { 1: ['namespace', 'string'] } }],
    3: STATUS,
  },
  'authentication.k8s.io/v1 SelfSubjectReview': { 1: METADATA, 2: STATUS },
};
