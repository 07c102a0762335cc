import type { ObjectWrite } from '../../../src/delivery/object-write.ts';
import type { Workload } from '../../../src/delivery/workload/types.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import { altered, type Contract } from '../frame/contract.ts';
import type { WorkloadFixture } from './fixture.ts';

/** A kind of target with each mistake. */
export const WORKLOAD_MUTANTS: Contract<Workload, WorkloadFixture>['mutants'] = {
  'does nothing': (workload) =>
    altered(workload, { createPrimary: () => [], promotePrimary: () => [] }),
  'swaps weights': (workload) =>
    workload.capabilities.ownPrimary
      ? { because: 'it sets no weights: they are the router’s' }
      : altered(workload, {
          createPrimary: (target, context) =>
            workload.createPrimary(target, context).map(withSwappedPercents),
        }),
  'drops foreign fields': (workload) => forgetful(workload),
  'always passes': (workload) =>
    altered(workload, {
      readiness: () => ({ state: 'ready' }),
      samePods: () => true,
      problem: () => undefined,
    }),
  'leaks a secret': (workload) =>
    altered(workload, {
      createPrimary: (target, context) =>
        workload.createPrimary(target, context).map((write) => withNote(write, target)),
    }),
};

function withSwappedPercents(write: ObjectWrite): ObjectWrite {
  return JSON.parse(JSON.stringify(write), (member, value: unknown) =>
    member === 'percent' && typeof value === 'number' ? 100 - value : value,
  ) as ObjectWrite;
}

/** Takes live objects for its own, as if nobody else had said anything in them. */
function forgetful(workload: Workload): Workload {
  const bare = <T extends KubeObject>(live: T): T => {
    const metadata = { ...live.metadata };
    delete metadata.labels;
    delete metadata.annotations;
    return { ...live, metadata };
  };
  return altered(workload, {
    promotePrimary: (primary, target, context) =>
      workload.capabilities.ownPrimary
        ? workload.promotePrimary(bare(primary), target, context)
        : workload.promotePrimary(primary, target, context).map(withoutLabels),
    services: (target, context) =>
      workload
        .services(target, context)
        .map((service) => ({ ...service, repair: (live) => service.repair(bare(live)) })),
  });
}

function withoutLabels(write: ObjectWrite): ObjectWrite {
  if (write.op !== 'patch') return write;
  return { ...write, body: [...write.body, { op: 'remove', path: '/metadata/labels' }] };
}

function withNote(write: ObjectWrite, { metadata }: KubeObject): ObjectWrite {
  const said = JSON.stringify(metadata.annotations);
  if (write.op === 'delete') return write;
  if (write.op === 'patch') {
    const path = '/metadata/annotations/example.com~1debug';
    return { ...write, body: [...write.body, { op: 'add', path, value: said }] };
  }
  const annotations = { ...write.object.metadata.annotations, 'example.com/debug': said };
  const object = { ...write.object, metadata: { ...write.object.metadata, annotations } };
  return { ...write, object };
}
