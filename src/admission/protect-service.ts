import type { Json } from '../lib/lossless-json.ts';
import { at, listAt, numberAt, same, textAt } from './protect-fields.ts';

/**
 * What of a generated Service only Sluice may change: where it leads. Labels, annotations, status, addresses, node ports
 * and other fields are free: cloud controllers and meshes write them.
 */
export function serviceIssues(object: Json, oldObject: Json): string[] {
  const issues: string[] = [];
  if (!same(at(object, 'spec', 'selector') ?? {}, at(oldObject, 'spec', 'selector') ?? {})) {
    issues.push('spec.selector: says which pods get the traffic');
  }
  if (!same(portsOf(object), portsOf(oldObject))) {
    issues.push("spec.ports: follow from the Canary's spec.service; change them there");
  }
  if (externalOf(object) !== externalOf(oldObject)) {
    issues.push('spec.externalName: would lead away from the pods');
  }
  return issues;
}

/** The name to which a Service of type ExternalName leads. */
function externalOf(service: Json): string {
  if (textAt(service, 'spec', 'type') !== 'ExternalName') return '';
  return `to ${textAt(service, 'spec', 'externalName')}`;
}

function portsOf(service: Json): Json {
  return listAt(service, 'spec', 'ports').map((port) => [
    textAt(port, 'name'),
    numberAt(port, 'port') ?? 0,
    textAt(port, 'protocol') || 'TCP',
    at(port, 'targetPort') ?? numberAt(port, 'port') ?? 0,
    textAt(port, 'appProtocol'),
  ]);
}
