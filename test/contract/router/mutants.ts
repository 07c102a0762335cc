import type { ObjectWrite } from '../../../src/delivery/object-write.ts';
import type { LiveObjects, Router } from '../../../src/delivery/router/types.ts';
import type { KubeObject } from '../../../src/domain/object.ts';
import type { Weights } from '../../../src/domain/run.ts';
import { altered, type Contract, type Meaningless } from '../frame/contract.ts';
import type { RouterFixture } from './fixture.ts';

const WRITES_NOTHING: Meaningless = { because: 'it writes no object and refuses no spec' };

/** A router with each mistake. */
export const ROUTER_MUTANTS: Contract<Router, RouterFixture>['mutants'] = {
  'does nothing': (router) =>
    router.kinds.length === 0
      ? WRITES_NOTHING
      : altered(router, { writes: () => [], revert: () => [] }),
  // It is of one mind with itself: what it reads back is what it was told.
  'swaps weights': (router) =>
    router.capabilities.weighted
      ? altered(router, {
          writes: (live, context, weights) => router.writes(live, context, swapped(weights)),
          observe: (live, context) => {
            const observed = router.observe(live, context);
            return observed.present
              ? { ...observed, weights: swapped(observed.weights) }
              : observed;
          },
        })
      : { because: 'it has no weights' },
  'drops foreign fields': (router) =>
    router.kinds.length === 0 ? WRITES_NOTHING : forgetful(router),
  'always passes': (router) =>
    router.kinds.length === 0
      ? WRITES_NOTHING
      : altered(router, {
          check: () => Promise.resolve(undefined),
          observe: (live, context) => {
            const { present, weights } = router.observe(live, context);
            return { present, weights, drifted: false };
          },
        }),
  'leaks a secret': (router) => (router.kinds.length === 0 ? WRITES_NOTHING : talkative(router)),
};

function swapped({ primary, canary, mirrored }: Weights): Weights {
  return { primary: canary, canary: primary, mirrored };
}

/** Writes its objects as if nobody else had said anything in them. */
function forgetful(router: Router): Router {
  const ours = new Set<string>();
  const isOurs = (key: string): boolean => ours.has(key);
  return altered(router, {
    writes: (live, context, weights) =>
      router.writes(live, context, weights).map((write) => {
        if (write.op === 'create') {
          const { labels = {}, annotations = {} } = write.object.metadata;
          for (const key of Object.keys({ ...labels, ...annotations })) ours.add(key);
        }
        return withoutForeign(write, live, isOurs);
      }),
  });
}

function withoutForeign(
  write: ObjectWrite,
  live: LiveObjects,
  isOurs: (key: string) => boolean,
): ObjectWrite {
  if (write.op === 'replace') {
    const metadata = { ...write.object.metadata };
    delete metadata.finalizers;
    const only = (all: Record<string, string> = {}): Record<string, string> =>
      Object.fromEntries(Object.entries(all).filter(([key]) => isOurs(key)));
    const { labels, annotations } = metadata;
    return {
      ...write,
      object: {
        ...write.object,
        metadata: { ...metadata, labels: only(labels), annotations: only(annotations) },
      },
    };
  }
  const target = live.find((object) => 'key' in write && object?.metadata.name === write.key.name);
  if (write.op !== 'patch' || target?.metadata.labels === undefined) return write;
  return { ...write, body: [...write.body, { op: 'remove', path: '/metadata/labels' }] };
}

/** Says what the Canary’s annotations say, wherever it says something. */
function talkative(router: Router): Router {
  return altered(router, {
    check: async (context, read) => {
      const problem = await router.check(context, read);
      const said = JSON.stringify(context.canary.metadata.annotations);
      return problem && { ...problem, message: `${problem.message}: ${said}` };
    },
    writes: (live, context, weights) => {
      const said = JSON.stringify(context.canary.metadata.annotations);
      return router.writes(live, context, weights).map((write): ObjectWrite => {
        if (write.op === 'delete') return write;
        if (write.op !== 'patch') return { ...write, object: withNote(write.object, said) };
        const path = '/metadata/annotations/example.com~1debug';
        return { ...write, body: [...write.body, { op: 'add', path, value: said }] };
      });
    },
  });
}

function withNote(object: KubeObject, said: string): KubeObject {
  const { annotations } = object.metadata;
  const metadata = {
    ...object.metadata,
    annotations: { ...annotations, 'example.com/debug': said },
  };
  return { ...object, metadata };
}
