import { parseFieldQuery } from './field-query.ts';
import { fieldsOf } from './json.ts';
import { parseLabelQuery } from './label-query.ts';
import type { ApiObject, ApiResource } from './resource.ts';

/** Which objects a list, watch or deletion of a collection is about. */
export interface Selection {
  readonly resource: ApiResource;
  /** Undefined: every namespace, or a cluster-scoped resource. */
  readonly namespace: string | undefined;
  /** Whether label and field selectors take the object; the namespace is not looked at. */
  readonly takes: (object: ApiObject) => boolean;
  readonly selective: boolean;
}

/**
 * Reads the selectors of a query.
 * @throws ApiError 400 when one cannot be parsed
 */
export function selectionOf(
  resource: ApiResource,
  query: URLSearchParams,
  { namespace }: { namespace: string | undefined },
): Selection {
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  const labels = parseLabelQuery(labelText);
  const fields = parseFieldQuery(fieldText, resource);
  return {
    resource,
    namespace,
    takes: (object) => labels(fieldsOf(object.metadata.labels)) && fields(object),
    selective: labelText !== '' || fieldText !== '',
  };
}
