import type { ListOptions, ListPage, ObjectClient } from '../domain/client.ts';
import { isClusterError } from '../domain/errors.ts';
import type { KubeObject, ResourceType } from '../domain/object.ts';

/**
 * All objects, page by page. When the pages expire underway (`Gone`), everything is read again in one request, which
 * cannot expire.
 * @returns the objects and the resourceVersion of the first page, at which all of them were read
 */
export async function listAll<T extends KubeObject>(
  client: ObjectClient,
  type: ResourceType,
  options: Omit<ListOptions, 'continueToken'>,
): Promise<ListPage<T>> {
  const first = await client.list<T>(type, options);
  const items = [...first.items];
  let continueToken = first.continueToken;
  try {
    while (continueToken !== undefined) {
      const page: ListPage<T> = await client.list<T>(type, { ...options, continueToken });
      items.push(...page.items);
      continueToken = page.continueToken;
    }
  } catch (error) {
    if (!isClusterError(error, 'Gone')) throw error;
    const whole = { ...options };
    delete whole.limit;
    return client.list<T>(type, whole);
  }
  return { items, resourceVersion: first.resourceVersion };
}
