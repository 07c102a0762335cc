import { expect, it } from 'vitest';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { RESOURCES } from '../../../src/domain/resources.ts';
import { fencedClient } from '../../../src/kube/fenced-client.ts';
import { MemoryClient } from '../../support/memory-client.ts';

const signal = new AbortController().signal;
const key = { namespace: 'shop', name: 'a' };
const object = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...key },
};

it('refuses every kind of write from the moment on at which the process may not write', async () => {
  const inner = new MemoryClient(new VirtualClock());
  let leads = true;
  const client = fencedClient(inner, () => leads);
  const created = await client.create(RESOURCES.services, object, { signal });
  leads = false;
  const writes = [
    () => client.create(RESOURCES.services, object, { signal }),
    () => client.replace(RESOURCES.services, created, { signal }),
    () => client.replaceStatus(RESOURCES.services, created, { signal }),
    () => client.patch(RESOURCES.services, key, { type: 'merge', body: {} }, { signal }),
    () => client.delete(RESOURCES.services, key, { signal }),
  ];
  for (const write of writes) {
    await expect(write()).rejects.toMatchObject({ reason: 'Timeout', retryable: true });
  }
  expect(await client.get(RESOURCES.services, key, { signal })).toEqual(created);
  leads = true;
  await client.delete(RESOURCES.services, key, { signal });
  expect(await client.get(RESOURCES.services, key, { signal })).toBeUndefined();
});
