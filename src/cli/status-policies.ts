import type { RolloutPolicy, ValidationAction } from '../domain/policy.ts';
import { formatTable } from './status-rows.ts';

/** One line of `sluice status policies`. */
export interface PolicyRow {
  readonly policy: string;
  /** Of its condition Ready; `Unknown` before the controller has looked at it. */
  readonly ready: string;
  readonly bindings: readonly { readonly name: string; readonly action: ValidationAction }[];
  /** Existing objects, as the background scan found last; absent before it has. */
  readonly scan?: NonNullable<NonNullable<RolloutPolicy['status']>['scan']>;
  /** Violations in reviews of real writes, of all replicas together; absent when none found any. */
  readonly admission?: {
    readonly denied: number;
    readonly held: number;
    readonly warned: number;
    readonly audited: number;
    readonly errors: number;
    readonly excepted: number;
    /** RFC 3339: since when the first of them has counted. */
    readonly since: string;
  };
  readonly latency?: { readonly p50Micros: number; readonly p99Micros: number };
  /** Messages of conditions that are not as they should be. */
  readonly notes: readonly string[];
  /** Expressions that look wrong for a kind. */
  readonly typeWarnings: number;
}

/** How each policy fares, ordered by name. */
export function policyRows(policies: readonly RolloutPolicy[]): PolicyRow[] {
  return policies
    .map(rowOf)
    .sort((a, b) => (a.policy < b.policy ? -1 : a.policy > b.policy ? 1 : 0));
}

function rowOf({ metadata, status = {} }: RolloutPolicy): PolicyRow {
  const { bindings = [], scan, latency, typeChecking } = status;
  const admission = admissionOf(status.admission ?? {});
  return {
    policy: metadata.name,
    ...conditionsOf(status),
    bindings,
    ...(scan === undefined ? {} : { scan }),
    ...(admission === undefined ? {} : { admission }),
    ...(latency === undefined ? {} : { latency }),
    typeWarnings: typeChecking?.expressionWarnings?.length ?? 0,
  };
}

function conditionsOf({
  conditions = [],
}: NonNullable<RolloutPolicy['status']>): Pick<PolicyRow, 'ready' | 'notes'> {
  return {
    ready: conditions.find(({ type }) => type === 'Ready')?.status ?? 'Unknown',
    notes: conditions.filter((each) => each.status === 'False').map(({ message }) => message),
  };
}

function admissionOf(
  replicas: NonNullable<NonNullable<RolloutPolicy['status']>['admission']>,
): PolicyRow['admission'] {
  const [first, ...others] = Object.values(replicas);
  if (first === undefined) return undefined;
  return others.reduce(
    (sum, each) => ({
      denied: sum.denied + each.denied,
      held: sum.held + each.held,
      warned: sum.warned + each.warned,
      audited: sum.audited + each.audited,
      errors: sum.errors + each.errors,
      excepted: sum.excepted + each.excepted,
      since: each.since < sum.since ? each.since : sum.since,
      until: sum.until,
    }),
    first,
  );
}

/** Columns, and below them what needs a person: notes, and objects that do not meet a policy. */
export function formatPolicyRows(rows: readonly PolicyRow[]): string {
  const header = ['POLICY', 'READY', 'ACTION', 'DENIES', 'AUDITS', 'ERRORS', 'REVIEWS', 'P99'];
  const cells = rows.map(({ policy, ready, bindings, scan, admission, latency }) => [
    policy,
    ready,
    [...new Set(bindings.map(({ action }) => action))].join(',') || '-',
    scan === undefined ? '-' : String(scan.denied + scan.held),
    scan === undefined ? '-' : String(scan.audited),
    scan === undefined ? '-' : String(scan.errors),
    admission === undefined
      ? '-'
      : `${admission.denied + admission.held} denied, ${admission.audited} audited`,
    latency === undefined ? '-' : `${latency.p99Micros}µs`,
  ]);
  const lines = rows.flatMap(({ policy, notes, scan, typeWarnings }) => [
    ...notes.map((note) => `${policy}: ${note}`),
    ...(typeWarnings === 0 ? [] : [`${policy}: ${typeWarnings} type check warnings`]),
    ...(scan?.examples ?? []).map((example) => `${policy}: ${example} does not meet it`),
  ]);
  return [formatTable(header, cells), ...(lines.length === 0 ? [] : ['', ...lines])].join('\n');
}
