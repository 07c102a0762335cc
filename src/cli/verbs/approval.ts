import { randomBytes } from 'node:crypto';
import type { Approval, ApprovalAction, ApprovalSpec } from '../../domain/approval.ts';
import { rfc3339 } from '../../domain/clock.ts';
import { SluiceError } from '../../domain/errors.ts';
import { readValue } from '../../config/value.ts';
import { GATES, type Gate } from '../../domain/policy.ts';
import type { Subject } from './subject.ts';

/** What the options of a verb say. */
export interface Said {
  readonly scope?: NonNullable<ApprovalSpec['scope']>;
  readonly comment?: string;
  readonly ticket?: string;
  /** From now, milliseconds. */
  readonly expiresInMs?: number;
}

/** Longest part of a run's name that the Approval's name repeats. */
const MAX_STEM = 180;
const DURATION = { kind: 'duration', default: '', roles: [], min: 1, doc: '' } as const;
const PERCENT = { kind: 'integer', default: '', roles: [], min: 0, max: 100, doc: '' } as const;

/**
 * Reads the options that say what is approved.
 * @throws SluiceError SLUICE_CONFIG, SLUICE_UNKNOWN_NAME when one does not fit
 */
export function readSaid(options: Readonly<Record<string, unknown>>): Said {
  const { comment, ticket, expiresIn, gates, maxWeight } = options as Record<
    string,
    string | undefined
  >;
  const scope = {
    ...(gates === undefined ? {} : { gates: readGates(gates) }),
    ...(maxWeight === undefined
      ? {}
      : { maxWeight: Number(readValue(PERCENT, maxWeight, '--max-weight')) }),
  };
  return {
    ...(Object.keys(scope).length === 0 ? {} : { scope }),
    ...(comment === undefined ? {} : { comment }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(expiresIn === undefined
      ? {}
      : { expiresInMs: Number(readValue(DURATION, expiresIn, '--expires-in')) }),
  };
}

function readGates(text: string): Gate[] {
  return text.split(',').map((part) => {
    const wanted = part.trim();
    const gate = GATES.find((known) => known.toLowerCase() === wanted.toLowerCase());
    if (gate !== undefined) return gate;
    throw new SluiceError('SLUICE_UNKNOWN_NAME', `unknown gate; known: ${GATES.join(', ')}`);
  });
}

/**
 * Makes the Approval. Its name tells when it was made, so that two of the same second keep their order.
 * @param now milliseconds since the Unix epoch
 * @throws SluiceError SLUICE_INPUT when an exception is given a scope
 */
export function approvalOf(
  action: ApprovalAction,
  subject: Subject,
  said: Said,
  now: number,
): Approval {
  const { scope, comment, ticket, expiresInMs } = said;
  const { metadata } = subject.kind === 'RolloutRun' ? subject.run : subject.exception;
  if (subject.kind === 'PolicyException' && scope !== undefined) {
    throw new SluiceError('SLUICE_INPUT', '--gates and --max-weight are for runs');
  }
  const { name, namespace = 'default', uid = '' } = metadata;
  const suffix = `${now.toString(36)}${randomBytes(2).toString('hex')}`;
  return {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'Approval',
    metadata: {
      name: `${name.slice(0, MAX_STEM)}-${suffix}-${action.toLowerCase()}`,
      namespace,
    },
    spec: {
      subject: { kind: subject.kind, name, uid },
      action,
      ...(scope === undefined ? {} : { scope }),
      ...(comment === undefined ? {} : { comment }),
      ...(ticket === undefined ? {} : { ticket }),
      ...(expiresInMs === undefined ? {} : { expiresAt: rfc3339(now + expiresInMs) }),
    },
  };
}
