import { invalidField, requiredField, type Cause } from '../api-error.ts';
import { at, childOf, fieldsOf, isFields, sameJson, setDefault, type Fields } from '../json.ts';
import type { ApiObject, Strategy } from '../resource.ts';
import { matchesLabels } from '../../../lib/label-selector.ts';
import { defaultTemplate, podSpecProblems } from './pod-template.ts';

/** apps/v1 kinds with a selector and a template. */
export type WorkloadKind = 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet';

/** Defaults, validation and generation of a workload kind. */
export function workloadStrategy(kind: WorkloadKind): Strategy {
  return {
    decode: (object) => {
      defaultWorkload(childOf(object, 'spec'), kind);
      return [];
    },
    prepareForCreate: (object) => {
      object['status'] = {};
    },
    prepareForUpdate: () => undefined,
    validate: workloadProblems,
    // A Deployment counts changes of its annotations as well: they reach the ReplicaSets.
    generationOf: (object) =>
      kind === 'Deployment'
        ? [object['spec'], fieldsOf(object.metadata.annotations)]
        : object['spec'],
  };
}

function defaultWorkload(spec: Fields, kind: WorkloadKind): void {
  if (kind !== 'DaemonSet') setDefault(spec, 'replicas', 1);
  if (kind !== 'ReplicaSet') setDefault(spec, 'revisionHistoryLimit', 10);
  if (kind === 'Deployment') {
    setDefault(spec, 'progressDeadlineSeconds', 600);
    const strategy = childOf(spec, 'strategy');
    setDefault(strategy, 'type', 'RollingUpdate');
    if (strategy['type'] === 'RollingUpdate') {
      const rolling = childOf(strategy, 'rollingUpdate');
      setDefault(rolling, 'maxSurge', '25%');
      setDefault(rolling, 'maxUnavailable', '25%');
    }
  }
  if (kind === 'StatefulSet') setDefault(spec, 'podManagementPolicy', 'OrderedReady');
  if (kind === 'StatefulSet' || kind === 'DaemonSet') {
    setDefault(childOf(spec, 'updateStrategy'), 'type', 'RollingUpdate');
  }
  defaultTemplate(spec);
}

function workloadProblems(object: ApiObject, old: ApiObject | undefined): Cause[] {
  const spec = fieldsOf(object['spec']);
  const causes = [
    ...selectorProblems(spec),
    ...replicaProblems(spec['replicas']),
    ...podSpecProblems(at(spec, 'template', 'spec'), 'spec.template.spec'),
  ];
  if (old !== undefined && !sameJson(spec['selector'], at(old, 'spec', 'selector'))) {
    causes.push(invalidField('spec.selector', spec['selector'], 'field is immutable'));
  }
  return causes;
}

function selectorProblems(spec: Fields): Cause[] {
  const { selector } = spec;
  if (!isFields(selector)) return [requiredField('spec.selector')];
  const isEmpty =
    selector['matchLabels'] === undefined && selector['matchExpressions'] === undefined;
  if (isEmpty) {
    return [invalidField('spec.selector', selector, 'empty selector is invalid for deployment')];
  }
  const labels = fieldsOf(at(spec, 'template', 'metadata', 'labels'));
  return matchesLabels(selector, labels)
    ? []
    : [
        invalidField(
          'spec.template.metadata.labels',
          labels,
          '`selector` does not match template `labels`',
        ),
      ];
}

function replicaProblems(replicas: unknown): Cause[] {
  if (replicas === undefined) return [];
  return typeof replicas === 'number' && Number.isInteger(replicas) && replicas >= 0
    ? []
    : [invalidField('spec.replicas', replicas, 'must be greater than or equal to 0')];
}
