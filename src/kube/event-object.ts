import { rfc3339 } from '../domain/clock.ts';
import type { KubeObject } from '../domain/object.ts';

/** core/v1 Event: the fields that are written. Times are metav1.Time. */
export interface KubeEvent extends KubeObject {
  involvedObject: {
    apiVersion: string;
    kind: string;
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
  };
  reason: string;
  message: string;
  type: 'Normal' | 'Warning';
  source: { component: string };
  firstTimestamp: string;
  lastTimestamp: string;
  count: number;
  reportingComponent: string;
  reportingInstance: string;
}

/** One call of `record`, with what it was told. */
export interface Occurrence {
  readonly subject: KubeObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

// The API server refuses longer ones.
const MAX_MESSAGE = 1024;
const MAX_REASON = 128;
// Of 253 characters, leaving room for the dot and the suffix.
const MAX_NAME = 220;

/** Events with the same text are one object with a count. */
export function sameEventKey({ subject, type, reason, message }: Occurrence): string {
  return JSON.stringify([subjectKey(subject), type, reason, message]);
}

/** Identifies the object that an event is about. */
export function subjectKey({ kind, metadata }: KubeObject): string {
  return JSON.stringify([kind, metadata.namespace, metadata.name, metadata.uid]);
}

/**
 * The Event of an occurrence. Events about cluster-scoped objects are kept in `default`, as Kubernetes does.
 * @param from.suffix makes the name unique; lower-case letters and digits
 */
export function eventOf(
  occurrence: Occurrence,
  from: { component: string; instance: string; suffix: string },
  times: { firstMs: number; lastMs: number; count: number },
): KubeEvent {
  const { subject, type, reason, message } = occurrence;
  const { name, namespace, uid, resourceVersion } = subject.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${name.slice(0, MAX_NAME).replace(/[.-]+$/, '')}.${from.suffix}`,
      namespace: namespace ?? 'default',
    },
    involvedObject: {
      apiVersion: subject.apiVersion,
      kind: subject.kind,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    reason: reason.slice(0, MAX_REASON),
    message: shorten(message),
    type,
    source: { component: from.component },
    firstTimestamp: rfc3339(times.firstMs),
    lastTimestamp: rfc3339(times.lastMs),
    count: times.count,
    reportingComponent: from.component,
    reportingInstance: from.instance,
  };
}

function shorten(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
}
