import type { FailurePolicy } from '../domain/policy.ts';
import type { ReviewPath } from './metrics.ts';

/** One URL path of the review port. */
export interface Route {
  readonly review: ReviewPath;
  /** The policies that are asked: those with this failurePolicy, or all of them. */
  readonly mode: FailurePolicy | 'All';
}

const ROUTES: ReadonlyMap<string, Route> = new Map(
  (['mutate', 'validate'] as const).flatMap((review): [string, Route][] => [
    [`/${review}`, { review, mode: 'All' }],
    [`/${review}/fail`, { review, mode: 'Fail' }],
    [`/${review}/ignore`, { review, mode: 'Ignore' }],
  ]),
);

/** Every path that is answered. */
export const REVIEW_PATHS: readonly string[] = [...ROUTES.keys()];

/** The path that a webhook with this failure policy calls. */
export function pathFor(review: ReviewPath, mode: FailurePolicy): string {
  return `/${review}/${mode === 'Fail' ? 'fail' : 'ignore'}`;
}

/** What a URL asks for; its query (the API server appends `?timeout=`) does not count. */
export function routeOf(url: string): Route | undefined {
  const query = url.indexOf('?');
  return ROUTES.get(query < 0 ? url : url.slice(0, query));
}
