import type { Approval } from '../domain/approval.ts';
import { trafficShare, type RolloutBudget } from '../domain/budget.ts';
import type { PolicyException } from '../domain/exception.ts';
import type { KubeObject } from '../domain/object.ts';
import type { ChangeWindow } from '../domain/window.ts';
import { evaluateApprovals } from '../governance/approvals.ts';
import { evaluateBudgets } from '../governance/budgets.ts';
import {
  evaluateExceptions,
  exceptionState,
  type ExceptionRules,
} from '../governance/exceptions.ts';
import { evaluateWindows } from '../governance/windows.ts';
import type { ExceptionSubject } from '../domain/exception.ts';
import type { OfflineGovernance } from '../policy/offline-governance.ts';

/** How governance objects of files are taken. */
export interface FileRules {
  readonly systemNamespace: string;
  readonly exceptionNamespaces: readonly string[];
  /** Take every Exception for approved that nobody rejects: there is no cluster that knows who asked and who approved. */
  readonly assumeApproved: boolean;
}

const API_VERSION = 'sluice.dev/v1alpha1';
/** What an emergency may go without review when it does not say. */
const REVIEW_WITHIN_MS = 24 * 3_600_000;
const NOBODY = { machineApprovers: [], deliveryIdentities: [] };
/** Stands for whom a file does not name. */
const ASSUMED = { username: 'assumed', uid: '', groups: [] };

/** Evaluates governance objects that only files describe, as a cluster would. */
export function governanceOfFiles(rules: FileRules): OfflineGovernance {
  return {
    exceptions: (objects, subject, now) => {
      const { exceptions, approvals } = exceptionsAmong(objects, rules);
      return evaluateExceptions(exceptions, approvals, subject, {
        ...exceptionRules(rules),
        now,
      });
    },
    windows: (objects, subject, { gate, now }) =>
      evaluateWindows(
        kindOf(objects, 'ChangeWindow', rules) as readonly ChangeWindow[],
        textLabels(subject),
        {
          gate,
          now,
          systemNamespace: rules.systemNamespace,
        },
      ),
    approvals: (objects, step) => {
      const approvals = kindOf(objects, 'Approval', rules) as readonly Approval[];
      const [first] = approvals;
      if (first === undefined) return [];
      const run = {
        namespace: first.metadata.namespace ?? '',
        uid: first.spec.subject.uid,
        changedBy: step.changedBy,
      };
      return evaluateApprovals(approvals, run, { ...step, identities: NOBODY });
    },
    budgets: (objects, subject, { toWeight, now }) => {
      const { namespace, labels, namespaceLabels } = textLabels(subject);
      return evaluateBudgets(
        kindOf(objects, 'RolloutBudget', rules) as readonly RolloutBudget[],
        [],
        {
          namespace,
          uid: undefined,
          subject: { labels, annotations: {}, namespaceLabels },
          share: trafficShare({}).percent,
          toWeight,
        },
        { now, systemNamespace: rules.systemNamespace },
      );
    },
  };
}

/** The exceptions among objects that are not in force, each with why. */
export function idleExceptions(
  objects: readonly KubeObject[],
  rules: FileRules,
  now: string,
): readonly string[] {
  const { exceptions, approvals } = exceptionsAmong(objects, rules);
  return exceptions.flatMap((exception) => {
    const state = exceptionState(exception, approvals, { ...exceptionRules(rules), now });
    if (state.inForce) return [];
    const { namespace = '', name } = exception.metadata;
    const why = state.isExpired
      ? 'it has ended'
      : state.isRejected
        ? 'it was rejected'
        : 'no approvals of it are among the files';
    return [`exception ${namespace}/${name} is not in force: ${why}`];
  });
}

function exceptionRules(rules: FileRules): ExceptionRules {
  return { ...rules, reviewWithinMs: REVIEW_WITHIN_MS, identities: NOBODY };
}

interface Excepting {
  readonly exceptions: readonly PolicyException[];
  readonly approvals: readonly Approval[];
}

/** An exception that no cluster has stored has no uid: approvals are then bound to it by its name. */
function exceptionsAmong(objects: readonly KubeObject[], rules: FileRules): Excepting {
  const stored = (kindOf(objects, 'PolicyException', rules) as readonly PolicyException[]).map(
    (exception) => identified(exception, rules),
  );
  // What leaves its kind out is an exception here.
  const others = objects.filter(({ kind }) => (kind as string | undefined) === 'Approval');
  const approvals = (kindOf(others, 'Approval', rules) as readonly Approval[]).map((approval) => {
    const { subject } = approval.spec;
    const about = stored.find(
      ({ metadata }) =>
        metadata.name === subject.name && metadata.namespace === approval.metadata.namespace,
    );
    const uid = about?.metadata.uid ?? '';
    if (subject.kind !== 'PolicyException' || !uid.startsWith(UNSTORED)) return approval;
    return { ...approval, spec: { ...approval.spec, subject: { ...subject, uid } } };
  });
  if (!rules.assumeApproved) return { exceptions: stored, approvals };
  return { exceptions: stored, approvals: [...approvals, ...stored.map(assumedApproval)] };
}

const UNSTORED = 'unstored/';

function identified(exception: PolicyException, { assumeApproved }: FileRules): PolicyException {
  const { metadata, spec } = exception;
  const { namespace = '', name } = metadata;
  const uid = metadata.uid ?? `${UNSTORED}${namespace}/${name}`;
  const requestedBy = spec.requestedBy ?? (assumeApproved ? { ...ASSUMED } : undefined);
  return {
    ...exception,
    metadata: { ...metadata, uid },
    spec: { ...spec, ...(requestedBy === undefined ? {} : { requestedBy }) },
  };
}

function assumedApproval({ metadata }: PolicyException): Approval {
  const { name, namespace = '', uid = '' } = metadata;
  return {
    apiVersion: API_VERSION,
    kind: 'Approval',
    metadata: { name, namespace },
    spec: {
      subject: { kind: 'PolicyException', name, uid },
      action: 'Approve',
      approver: { ...ASSUMED, username: 'assumed-approver' },
    },
  };
}

/**
 * Those of one of our kinds, which the caller's type must name; in a test case kind, apiVersion and namespace may be left
 * out.
 */
function kindOf(
  objects: readonly KubeObject[],
  kind: string,
  { systemNamespace }: FileRules,
): readonly KubeObject[] {
  return objects
    .map((object): KubeObject => {
      const given: Partial<KubeObject> = object;
      return {
        ...object,
        apiVersion: given.apiVersion ?? API_VERSION,
        kind: given.kind ?? kind,
        metadata: { name: '', namespace: systemNamespace, ...given.metadata },
      };
    })
    .filter((object) => object.kind === kind && object.apiVersion === API_VERSION);
}

function textLabels({ namespace, namespaceLabels, labels }: ExceptionSubject) {
  return { namespace, namespaceLabels: onlyText(namespaceLabels), labels: onlyText(labels) };
}

function onlyText(labels: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
