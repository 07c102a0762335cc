import type { KubeObject } from '../../../src/domain/object.ts';
import type { RouterWorld } from '../../support/router-world.ts';

/** Objects that the router looks at and that belong to the Canary. */
export async function own(world: RouterWorld): Promise<KubeObject[]> {
  const live = await world.live();
  return live.flatMap((object) =>
    object?.metadata.ownerReferences?.some(({ uid }) => uid === 'canary-uid') === true
      ? [object]
      : [],
  );
}

/** Somebody edits every object that the router made. */
export async function change(
  world: RouterWorld,
  edit: (object: KubeObject) => KubeObject,
): Promise<void> {
  const mine = new Set((await own(world)).map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  await changeAll(world, (object) =>
    mine.has(`${object.kind}/${object.metadata.name}`) ? edit(object) : object,
  );
}

/** Somebody edits every object that the router looks at. */
export async function changeAll(
  world: RouterWorld,
  edit: (object: KubeObject) => KubeObject,
): Promise<void> {
  for (const { type, key } of world.router.objects(world.context)) {
    const live = await world.client.get(type, key);
    if (live === undefined) continue;
    const edited = edit(structuredClone(live));
    if (JSON.stringify(edited) !== JSON.stringify(live)) await world.client.replace(type, edited);
  }
}

/** A copy that nobody can change. */
export function frozen<T>(value: T): T {
  const copy = structuredClone(value);
  const freeze = (each: unknown): void => {
    if (each === null || typeof each !== 'object') return;
    Object.freeze(each);
    Object.values(each).forEach(freeze);
  };
  freeze(copy);
  return copy;
}
