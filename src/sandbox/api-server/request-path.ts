/** What a URL addresses. */
export type RequestTarget =
  | {
      readonly type: 'resource';
      readonly group: string;
      readonly version: string;
      readonly plural: string;
      readonly namespace?: string;
      readonly name?: string;
      readonly subresource?: string;
    }
  | { readonly type: 'path'; readonly segments: readonly string[] };

export interface ParsedPath {
  readonly target: RequestTarget;
  readonly query: URLSearchParams;
}

/**
 * Splits the path of a request.
 * @param path path and query string, as on the request line
 * @throws URIError when an escape is malformed
 */
export function parseRequestPath(path: string): ParsedPath {
  const question = path.indexOf('?');
  const query = new URLSearchParams(question < 0 ? '' : path.slice(question + 1));
  const segments = (question < 0 ? path : path.slice(0, question))
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeURIComponent);
  return { target: targetOf(segments), query };
}

function targetOf(segments: readonly string[]): RequestTarget {
  const [root, first, second] = segments;
  if (root === 'api' && first !== undefined && segments.length > 2) {
    return resourceTarget('', first, segments.slice(2));
  }
  if (root === 'apis' && first !== undefined && second !== undefined && segments.length > 3) {
    return resourceTarget(first, second, segments.slice(3));
  }
  return { type: 'path', segments };
}

function resourceTarget(group: string, version: string, rest: readonly string[]): RequestTarget {
  const [first = '', second, third] = rest;
  // "status" and "finalize" below a namespace are its own subresources; no resource has these names.
  const isNamespaceItself =
    first === 'namespaces' && (third === undefined || third === 'status' || third === 'finalize');
  if (first === 'namespaces' && !isNamespaceItself && second !== undefined) {
    return resource({ group, version, namespace: second }, rest.slice(2));
  }
  return resource({ group, version }, rest);
}

function resource(
  base: { group: string; version: string; namespace?: string },
  rest: readonly string[],
): RequestTarget {
  const [plural = '', name, ...sub] = rest;
  return {
    type: 'resource',
    ...base,
    plural,
    ...(name === undefined ? {} : { name }),
    ...(sub.length === 0 ? {} : { subresource: sub.join('/') }),
  };
}
