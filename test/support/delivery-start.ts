import { DeliveryWorld } from './delivery-world.ts';

/** A world whose Canary is initialised. */
export async function startedWorld(
  ...options: Parameters<DeliveryWorld['create']>
): Promise<DeliveryWorld> {
  const world = new DeliveryWorld();
  await world.create(...options);
  world.start();
  await world.until('Initialized');
  return world;
}
