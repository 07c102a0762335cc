import { Authorizer, ResourceCheck } from './libraries/support/authorizer.ts';
import type { CelValue } from './values.ts';

/** The resource of a request, as `authorizer.requestResource` asks about it. Empty parts count as not given. */
export interface RequestResource {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Values of `authorizer` and `authorizer.requestResource`, by their names in an activation. The answers come from the
 * activation's context.
 */
export function authorizerValues(request: RequestResource): Readonly<Record<string, CelValue>> {
  const given = Object.entries(request).filter(([, value]) => value !== '');
  return {
    authorizer: new Authorizer(),
    'authorizer.requestResource': new ResourceCheck(Object.fromEntries(given)),
  };
}
