import type { Approval } from '../domain/approval.ts';
import type { ObjectCache } from '../domain/client.ts';
import type { RolloutRun } from '../domain/run.ts';

/** How many Approvals are remembered as marked until their copy says so. */
const MAX_MARKED = 1000;

/** The Approvals that are still to be looked at, by the run that they are bound to. */
export interface ApprovalIndex {
  /** Not consumed, in no order. */
  ofRun(run: RolloutRun | undefined): readonly Approval[];
  /** It was consumed just now; the copy shows it a moment later. */
  marked(uid: string | undefined): void;
  /** Ends the subscription. */
  close(): void;
}

/**
 * Indexes a copy of Approvals; rebuilt at the first question after one has changed.
 * @param cache undefined where nobody watches Approvals: then there are none
 */
export function createApprovalIndex(cache: ObjectCache<Approval> | undefined): ApprovalIndex {
  let built: ReadonlyMap<string, Approval[]> | undefined;
  const marked = new Set<string>();
  const unsubscribe = cache?.subscribe(() => {
    built = undefined;
  });
  const index = (): ReadonlyMap<string, Approval[]> =>
    (built ??= Map.groupBy(openOf(cache?.list() ?? []), ({ spec }) => spec.subject.uid));
  return {
    ofRun: (run) => {
      const { uid, namespace } = run?.metadata ?? {};
      const found = uid === undefined ? [] : (index().get(uid) ?? []);
      // Who may say something in one namespace has no say in another.
      return found.filter(
        ({ metadata }) => metadata.namespace === namespace && !marked.has(metadata.uid ?? ''),
      );
    },
    marked: (uid) => {
      if (uid === undefined) return;
      const oldest = marked.size >= MAX_MARKED ? marked.values().next().value : undefined;
      if (oldest !== undefined) marked.delete(oldest);
      marked.add(uid);
    },
    close: () => unsubscribe?.(),
  };
}

function openOf(approvals: readonly Approval[]): Approval[] {
  return approvals.filter(
    ({ spec, status }) => spec.subject.kind === 'RolloutRun' && status?.consumed === undefined,
  );
}
