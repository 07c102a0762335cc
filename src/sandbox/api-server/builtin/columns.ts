import { at, fieldsOf, isFields, listOf, textOf } from '../json.ts';
import type { ApiObject } from '../resource.ts';

/** One column of a Table of a builtin kind. `age` cells are instants, printed as the time since then. */
export interface BuiltinColumn {
  readonly name: string;
  readonly type: 'string' | 'integer';
  /** 0: always; 1: with `-o wide` only. */
  readonly priority: 0 | 1;
  readonly age?: true;
  readonly cell: (object: ApiObject) => unknown;
}

type Cell = (object: ApiObject) => unknown;

const text = (name: string, cell: Cell, priority: 0 | 1 = 0): BuiltinColumn => ({
  name,
  type: 'string',
  priority,
  cell,
});
const count = (name: string, cell: Cell): BuiltinColumn => ({
  name,
  type: 'integer',
  priority: 0,
  cell,
});
const path =
  (...steps: readonly string[]): Cell =>
  (object) =>
    at(object, ...steps);
const number =
  (...steps: readonly string[]): Cell =>
  (object) =>
    at(object, ...steps) ?? 0;

const AGE: BuiltinColumn = {
  ...text('Age', path('metadata', 'creationTimestamp')),
  age: true,
};

const selectorText: Cell = (object) => {
  const selector = at(object, 'spec', 'selector');
  const labels = fieldsOf(
    isFields(at(selector, 'matchLabels')) ? at(selector, 'matchLabels') : selector,
  );
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
};

const containers =
  (member: string): Cell =>
  (object) =>
    listOf(at(object, 'spec', 'template', 'spec', 'containers'))
      .map((container) => textOf(fieldsOf(container)[member]))
      .join(',');

const WORKLOAD_WIDE = [
  text('Containers', containers('name'), 1),
  text('Images', containers('image'), 1),
  text('Selector', selectorText, 1),
];

const podReady: Cell = (object) => {
  const all = listOf(at(object, 'spec', 'containers')).length;
  const statuses = listOf(at(object, 'status', 'containerStatuses'));
  return `${statuses.filter((status) => fieldsOf(status)['ready'] === true).length}/${all}`;
};

const podStatus: Cell = (object) => {
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  for (const status of listOf(at(object, 'status', 'containerStatuses'))) {
    const reason = at(status, 'state', 'waiting', 'reason');
    if (typeof reason === 'string') return reason;
  }
  return at(object, 'status', 'phase');
};

const podRestarts: Cell = (object) =>
  listOf(at(object, 'status', 'containerStatuses'))
    .map((status) => Number(fieldsOf(status)['restartCount'] ?? 0))
    .reduce((sum, restarts) => sum + restarts, 0);

const deploymentReady: Cell = (object) =>
  `${String(number('status', 'readyReplicas')(object))}/${String(number('spec', 'replicas')(object))}`;

const servicePorts: Cell = (object) =>
  listOf(at(object, 'spec', 'ports'))
    .map(fieldsOf)
    .map((port) => `${Number(port['port'])}/${textOf(port['protocol']) || 'TCP'}`)
    .join(',') || '<none>';

const endpointList: Cell = (object) =>
  listOf(object['subsets'])
    .flatMap((subset) =>
      listOf(fieldsOf(subset)['addresses']).flatMap((address) =>
        listOf(fieldsOf(subset)['ports']).map(
          (port) => `${textOf(fieldsOf(address)['ip'])}:${String(fieldsOf(port)['port'])}`,
        ),
      ),
    )
    .slice(0, 3)
    .join(',') || '<none>';

const size =
  (...steps: readonly string[]): Cell =>
  (object) => {
    const value = at(object, ...steps);
    return isFields(value) ? Object.keys(value).length : listOf(value).length;
  };

const eventObject: Cell = (object) => {
  const subject = at(object, 'involvedObject') ?? at(object, 'regarding');
  return `${textOf(at(subject, 'kind')).toLowerCase()}/${textOf(at(subject, 'name'))}`;
};

const lastSeen: Cell = (object) =>
  at(object, 'series', 'lastObservedTime') ??
  at(object, 'lastTimestamp') ??
  at(object, 'deprecatedLastTimestamp') ??
  at(object, 'eventTime') ??
  object.metadata.creationTimestamp;

const webhookCount = [count('Webhooks', size('webhooks')), AGE];

/** Columns after the name, by storage key; what is not listed has its age only. Source: kubectl get of Kubernetes 1.32. */
const COLUMNS: Readonly<Record<string, readonly BuiltinColumn[]>> = {
  '/pods': [
    text('Ready', podReady),
    text('Status', podStatus),
    text('Restarts', podRestarts),
    AGE,
    text('IP', (object) => at(object, 'status', 'podIP') ?? '<none>', 1),
    text('Node', (object) => at(object, 'spec', 'nodeName') ?? '<none>', 1),
  ],
  'apps/deployments': [
    text('Ready', deploymentReady),
    count('Up-to-date', number('status', 'updatedReplicas')),
    count('Available', number('status', 'availableReplicas')),
    AGE,
    ...WORKLOAD_WIDE,
  ],
  'apps/replicasets': [
    count('Desired', number('spec', 'replicas')),
    count('Current', number('status', 'replicas')),
    count('Ready', number('status', 'readyReplicas')),
    AGE,
    ...WORKLOAD_WIDE,
  ],
  'apps/statefulsets': [text('Ready', deploymentReady), AGE],
  '/services': [
    text('Type', path('spec', 'type')),
    text('Cluster-IP', (object) => at(object, 'spec', 'clusterIP') ?? '<none>'),
    text('External-IP', () => '<none>'),
    text('Port(s)', servicePorts),
    AGE,
    text('Selector', selectorText, 1),
  ],
  '/endpoints': [text('Endpoints', endpointList), AGE],
  '/namespaces': [text('Status', path('status', 'phase')), AGE],
  '/configmaps': [count('Data', size('data')), AGE],
  '/secrets': [text('Type', path('type')), count('Data', size('data')), AGE],
  '/events': [
    { ...text('Last Seen', lastSeen), age: true },
    text('Type', path('type')),
    text('Reason', path('reason')),
    text('Object', eventObject),
    text('Message', (object) => at(object, 'message') ?? at(object, 'note')),
  ],
  'coordination.k8s.io/leases': [text('Holder', path('spec', 'holderIdentity')), AGE],
  'apiextensions.k8s.io/customresourcedefinitions': [
    text('Created At', path('metadata', 'creationTimestamp')),
  ],
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': webhookCount,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': webhookCount,
};

/** The columns of a builtin resource, without the name. */
export function builtinColumns(storageKey: string): readonly BuiltinColumn[] {
  return COLUMNS[storageKey] ?? [AGE];
}

/** Whether the first column is the object's name: of events it is not. */
export function showsName(storageKey: string): boolean {
  return storageKey !== '/events';
}
