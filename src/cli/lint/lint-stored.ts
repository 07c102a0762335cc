import { hasPassed, instantIn } from '../../domain/expiry.ts';
import type { LintObject, ObjectFinding } from './finding.ts';

/**
 * That `spec.expiresAt` is no time, or has come.
 * @param expiresAt absent: there is no end
 * @param now RFC 3339
 */
export function lintEnd(
  object: LintObject,
  expiresAt: string | undefined,
  now: string,
): readonly ObjectFinding[] {
  if (expiresAt === undefined) return [];
  const at = { object, field: 'spec.expiresAt' } as const;
  if (instantIn(expiresAt) === undefined) {
    return [{ ...at, code: 'SL1006', message: 'must be an RFC 3339 time' }];
  }
  if (!hasPassed(expiresAt, now)) return [];
  const message = 'its end has come: it counts no more, and would be refused as a new object';
  return [{ ...at, code: 'SL7003', message }];
}

/** That a file holds what admission writes. */
export function lintStamp(
  object: LintObject,
  name: 'approver' | 'requestedBy',
): readonly ObjectFinding[] {
  const { spec } = object.value as { readonly spec?: Readonly<Record<string, unknown>> };
  if (spec?.[name] === undefined) return [];
  const message = `${name} is written by Sluice from the request: leave it out, it is overwritten`;
  return [{ code: 'SL7006', message, object, field: `spec.${name}`, part: 'key' }];
}
