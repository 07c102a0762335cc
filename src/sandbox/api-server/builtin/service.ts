import { invalidField, requiredField, type Cause } from '../api-error.ts';
import {
  at,
  childOf,
  fieldsOf,
  isFields,
  listOf,
  setDefault,
  textOf,
  type Fields,
} from '../json.ts';
import type { ApiObject, Strategy, WriteContext } from '../resource.ts';
import { duplicate, portProblems } from './pod-template.ts';

/** core/v1 Service: port defaults, cluster IPs, immutable address. */
export const serviceStrategy: Strategy = {
  decode: (object) => {
    defaultService(childOf(object, 'spec'));
    return [];
  },
  prepareForCreate: (object, context) => {
    object['status'] = { loadBalancer: {} };
    allocate(childOf(object, 'spec'), context);
  },
  prepareForUpdate: (object, old, context) => {
    const spec = childOf(object, 'spec');
    // A write without an address keeps the one that the service has, as the API server does for whole-object updates.
    if (spec['type'] !== 'ExternalName') {
      for (const key of ['clusterIP', 'clusterIPs']) {
        const held = at(old, 'spec', key);
        if (spec[key] === undefined && held !== undefined) spec[key] = held;
      }
      allocate(spec, context);
    }
  },
  validate: serviceProblems,
};

function defaultService(spec: Fields): void {
  setDefault(spec, 'type', 'ClusterIP');
  setDefault(spec, 'sessionAffinity', 'None');
  if (spec['type'] !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  for (const port of listOf(spec['ports'])) {
    if (!isFields(port)) continue;
    setDefault(port, 'protocol', 'TCP');
    setDefault(port, 'targetPort', port['port']);
  }
}

function allocate(spec: Fields, context: WriteContext): void {
  if (spec['type'] === 'ExternalName') return;
  setDefault(spec, 'ipFamilies', ['IPv4']);
  setDefault(spec, 'ipFamilyPolicy', 'SingleStack');
  if (textOf(spec['clusterIP']) === '') spec['clusterIP'] = context.allocateClusterIp();
  setDefault(spec, 'clusterIPs', [spec['clusterIP']]);
}

function serviceProblems(object: ApiObject, old: ApiObject | undefined): Cause[] {
  const spec = fieldsOf(object['spec']);
  const causes = portListProblems(spec);
  const held = at(old, 'spec', 'clusterIP');
  const isMoved = typeof held === 'string' && held !== '' && held !== spec['clusterIP'];
  if (isMoved && spec['type'] !== 'ExternalName') {
    causes.push(invalidField('spec.clusterIPs[0]', spec['clusterIPs'], 'may not change once set'));
  }
  return causes;
}

function portListProblems(spec: Fields): Cause[] {
  const ports = listOf(spec['ports']);
  const isHeadless = spec['clusterIP'] === 'None' || spec['type'] === 'ExternalName';
  const causes: Cause[] = [];
  if (ports.length === 0 && !isHeadless) causes.push(requiredField('spec.ports'));
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const field = `spec.ports[${index}]`;
    const name = textOf(fieldsOf(port)['name']);
    causes.push(...portProblems(fieldsOf(port)['port'], `${field}.port`));
    if (name === '' && ports.length > 1) causes.push(requiredField(`${field}.name`));
    if (name !== '' && names.has(name)) causes.push(duplicate(`${field}.name`, name));
    names.add(name);
  }
  return causes;
}
