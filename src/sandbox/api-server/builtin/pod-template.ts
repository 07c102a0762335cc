import { invalidField, requiredField, type Cause } from '../api-error.ts';
import { childOf, fieldsOf, isFields, listOf, setDefault, textOf, type Fields } from '../json.ts';
import { nameProblems } from '../names.ts';

/** Fills the defaults of a PodSpec that controllers and kubectl rely on. Changes the spec. */
export function defaultPodSpec(spec: Fields): void {
  setDefault(spec, 'restartPolicy', 'Always');
  setDefault(spec, 'terminationGracePeriodSeconds', 30);
  setDefault(spec, 'dnsPolicy', 'ClusterFirst');
  setDefault(spec, 'securityContext', {});
  setDefault(spec, 'schedulerName', 'default-scheduler');
  for (const container of [...listOf(spec['containers']), ...listOf(spec['initContainers'])]) {
    if (isFields(container)) defaultContainer(container);
  }
  for (const volume of listOf(spec['volumes'])) if (isFields(volume)) defaultVolume(volume);
}

function defaultContainer(container: Fields): void {
  setDefault(container, 'terminationMessagePath', '/dev/termination-log');
  setDefault(container, 'terminationMessagePolicy', 'File');
  setDefault(container, 'resources', {});
  const image = textOf(container['image']);
  const isLatest = !image.includes('@') && (!/:[^/]+$/.test(image) || image.endsWith(':latest'));
  setDefault(container, 'imagePullPolicy', isLatest ? 'Always' : 'IfNotPresent');
  for (const port of listOf(container['ports'])) {
    if (isFields(port)) setDefault(port, 'protocol', 'TCP');
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (isFields(probe)) defaultProbe(probe);
  }
  for (const variable of listOf(container['env'])) {
    const fieldRef = fieldsOf(fieldsOf(variable)['valueFrom'])['fieldRef'];
    if (isFields(fieldRef)) setDefault(fieldRef, 'apiVersion', 'v1');
  }
}

function defaultProbe(probe: Fields): void {
  setDefault(probe, 'timeoutSeconds', 1);
  setDefault(probe, 'periodSeconds', 10);
  setDefault(probe, 'successThreshold', 1);
  setDefault(probe, 'failureThreshold', 3);
  const httpGet = probe['httpGet'];
  if (isFields(httpGet)) {
    setDefault(httpGet, 'path', '/');
    setDefault(httpGet, 'scheme', 'HTTP');
  }
}

function defaultVolume(volume: Fields): void {
  for (const [name, source] of Object.entries(volume)) {
    if (['configMap', 'secret', 'projected', 'downwardAPI'].includes(name) && isFields(source)) {
      setDefault(source, 'defaultMode', 420);
    }
  }
}

/** Problems of a PodSpec: containers, their names, images and port numbers. */
export function podSpecProblems(spec: unknown, field: string): Cause[] {
  const containers = listOf(fieldsOf(spec)['containers']);
  if (containers.length === 0) return [requiredField(`${field}.containers`)];
  const names = new Set<string>();
  return containers.flatMap((container, index) => {
    const at = `${field}.containers[${index}]`;
    const name = textOf(fieldsOf(container)['name']);
    const isDuplicate = names.has(name);
    names.add(name);
    return [
      ...containerProblems(fieldsOf(container), at),
      ...(isDuplicate && name !== '' ? [duplicate(`${at}.name`, name)] : []),
    ];
  });
}

function containerProblems(container: Fields, field: string): Cause[] {
  const name = textOf(container['name']);
  const causes =
    name === '' ? [requiredField(`${field}.name`)] : nameProblems(name, 'label', `${field}.name`);
  if (textOf(container['image']) === '') causes.push(requiredField(`${field}.image`));
  for (const [index, port] of listOf(container['ports']).entries()) {
    const number = fieldsOf(port)['containerPort'];
    const portField = `${field}.ports[${index}].containerPort`;
    if (number === undefined) causes.push(requiredField(portField));
    else causes.push(...portProblems(number, portField));
  }
  return causes;
}

/** Problems of a port number. */
export function portProblems(port: unknown, field: string): Cause[] {
  const isValid = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
  return isValid ? [] : [invalidField(field, port, 'must be between 1 and 65535, inclusive')];
}

/** The cause for a value that may occur once only. */
export function duplicate(field: string, value: unknown): Cause {
  const message = `Duplicate value: ${JSON.stringify(value)}`;
  return { reason: 'FieldValueDuplicate', message, field };
}

/** Fills the defaults of `spec.template`. Changes the workload's spec. */
export function defaultTemplate(spec: Fields): void {
  const template = spec['template'];
  if (!isFields(template)) return;
  setDefault(template, 'metadata', {});
  defaultPodSpec(childOf(template, 'spec'));
}
