import type { Canary } from '../../src/domain/canary.ts';
import type { RolloutRun } from '../../src/domain/run.ts';
import { TERMINAL_RUN_PHASES } from '../../src/domain/run.ts';
import type { Step, Tick } from './driver.ts';
import type { State } from './environment.ts';
import {
  canary,
  deployment,
  isOpen,
  isReady,
  liveShares,
  newestRun,
  PRIMARY,
  revisionOf,
  ROUTE,
  runRevision,
  runs,
  serves,
  shares,
  TARGET,
} from './view.ts';

/** What must hold of every write. Each check says what is wrong, nothing when it holds, and `skip` when it says nothing. */
export interface WriteProperty {
  readonly name: string;
  readonly check: (step: Step, tick: Tick) => string | undefined;
}

/** What must hold of every call of the reconciler. */
export interface TickProperty {
  readonly name: string;
  readonly check: (tick: Tick) => string | undefined;
}

/** What must hold of a state in which the process has nothing to do and nothing is on its way. */
export interface RestProperty {
  readonly name: string;
  readonly check: (state: State) => string | undefined;
}

/** Last step of promotions that failed: all traffic goes to the canary, which has proven itself. */
const PROMOTION_FAILED = 'PromotionFailed';

function exposure(step: Step): { from: number; to: number } | undefined {
  if (step.key !== ROUTE) return undefined;
  // Copies count only while the canary has no share of its own.
  const all = ({ canary: share, mirrored }: { canary: number; mirrored: boolean }): number =>
    share === 0 && mirrored ? 0.5 : share;
  const to = shares(step.after);
  return to && { from: all(shares(step.before) ?? { canary: 0, mirrored: false }), to: all(to) };
}

function raise(step: Step): { from: number; to: number } | undefined {
  const found = exposure(step);
  return found !== undefined && found.to > found.from ? found : undefined;
}

function openGates({ gates }: Tick, { look }: Step): Set<string> {
  return new Set(
    gates
      .filter((each) => each.look === look && each.answer === 'open')
      .map(({ question }) => question.gate),
  );
}

function runWritten({
  key,
  before,
  after,
}: Step): { before: RolloutRun | undefined; after: RolloutRun } | undefined {
  if (!key.startsWith('rolloutruns/') || after === undefined) return undefined;
  return { before: before as RolloutRun | undefined, after: after as RolloutRun };
}

function phaseOf(run: RolloutRun | undefined): string {
  return run?.status?.phase ?? 'Pending';
}

/** The run in this cluster that has recorded most. */
function recorded(step: Step): RolloutRun | undefined {
  return newestRun(step.before_);
}

function lookBegan(tick: Tick, step: Step): Tick['from']['cluster'] {
  return tick.looks.get(step.look) ?? tick.from.cluster;
}

export const WRITE_PROPERTIES: readonly WriteProperty[] = [
  {
    name: 'weights sum to 100',
    check: (step) => {
      const route = step.key === ROUTE ? shares(step.after) : undefined;
      if (route !== undefined && route.sum !== 100)
        return `the route's weights sum to ${route.sum}`;
      const { primary = 100, canary: share = 0 } = runWritten(step)?.after.status?.weights ?? {};
      if (primary + share !== 100) return `the record's weights are ${primary} and ${share}`;
      return route === undefined && runWritten(step) === undefined ? 'skip' : undefined;
    },
  },
  {
    name: 'a share is raised only to a canary that is ready and of the revision of the run',
    check: (step, tick) => {
      const raised = raise(step);
      if (raised === undefined) return 'skip';
      const target = deployment(lookBegan(tick, step), TARGET);
      const run = recorded(step);
      if (run !== undefined && revisionOf(target) !== runRevision(run)) {
        return `raised from ${raised.from} to ${raised.to} for ${runRevision(run)}, the canary is ${revisionOf(target)}`;
      }
      return isReady(target) || isFallback(step)
        ? undefined
        : `raised from ${raised.from} to ${raised.to} while the canary was not ready`;
    },
  },
  {
    name: 'no traffic goes to a primary without pods',
    check: (step, tick) => {
      const moved =
        step.key === ROUTE
          ? { from: shares(step.before)?.canary ?? 0, to: shares(step.after)?.canary ?? 0 }
          : undefined;
      const began = lookBegan(tick, step);
      if (moved === undefined || moved.to >= moved.from || step.before === undefined) return 'skip';
      return serves(deployment(began, PRIMARY))
        ? undefined
        : `lowered from ${moved.from} to ${moved.to} while the primary had no pod`;
    },
  },
  {
    name: 'a share is raised only past its gate, in that look',
    check: (step, tick) => {
      const raised = raise(step);
      if (raised === undefined) return 'skip';
      return openGates(tick, step).has('TrafficIncrease')
        ? undefined
        : `raised from ${raised.from} to ${raised.to} without an open gate TrafficIncrease`;
    },
  },
  {
    name: 'a share rises by one step at a time',
    check: (step) => {
      const raised = raise(step);
      const run = recorded(step);
      if (raised === undefined || run?.spec.strategy !== 'canary' || isFallback(step))
        return 'skip';
      const right = raised.to === 0.5 || raised.to === raised.from + 30 || raised.from === 0.5;
      return right ? undefined : `raised from ${raised.from} to ${raised.to}`;
    },
  },
  {
    name: 'a step lasts its interval',
    check: (step, tick) => {
      const raised = raise(step);
      const run = newestRun(lookBegan(tick, step));
      const last = run?.status?.steps.at(-1);
      if (
        raised === undefined ||
        last === undefined ||
        run?.status?.wanted !== undefined ||
        isFallback(step)
      )
        return 'skip';
      // The first step follows as soon as the canary is ready, and a held one as soon as its gate opens.
      if (last.action === 'start' || phaseOf(run) === 'Held') return 'skip';
      // What was recorded and not made is made late.
      const isIntended =
        run?.status?.weights.canary === Math.floor(raised.to) && phaseOf(run) !== 'Held';
      if (isIntended) return 'skip';
      return last.startedAt < NOW_TEXT
        ? undefined
        : `raised from ${raised.from} to ${raised.to} in the instant of the step before`;
    },
  },
  {
    name: 'intent is recorded before the route, and the route before the status',
    check: (step, tick) => {
      const run = recorded(step);
      const raised = raise(step);
      if (raised !== undefined) {
        return run?.status?.weights.canary === Math.floor(raised.to)
          ? undefined
          : `raised to ${raised.to} while the record says ${run?.status?.weights.canary ?? 'nothing'}`;
      }
      if (
        step.key !== 'canaries/app' ||
        step.verb !== 'replaceStatus' ||
        run?.spec.strategy !== 'canary'
      )
        return 'skip';
      // Somebody may have moved the route since.
      if (tick.disturbed) return 'skip';
      const { canaryWeight = 0 } = (step.after as Canary).status ?? {};
      const live = Math.floor(liveShares(step.before_).canary);
      return canaryWeight <= live
        ? undefined
        : `the status says ${canaryWeight}, the route ${live}`;
    },
  },
  {
    name: 'the primary gets only a revision that passed the gate Promotion, or the one it had before',
    check: (step) => {
      if (step.key !== PRIMARY || step.verb === 'create') return 'skip';
      const to = revisionOf(step.after as never);
      if (to === revisionOf(step.before as never)) return 'skip';
      const run = recorded(step);
      const promotes = ['Promoting', 'Finalising', 'Succeeded'].includes(phaseOf(run));
      const isGivenBack =
        run !== undefined &&
        runRevision(run) === revisionOf(step.before as never) &&
        isKept(step, to);
      if (['Failed', 'Aborted'].includes(phaseOf(run)) && isGivenBack) return undefined;
      return run !== undefined && promotes && runRevision(run) === to
        ? undefined
        : `the primary got ${to} from a run that is ${phaseOf(run)}`;
    },
  },
  {
    name: 'a promotion is decided only past the gate Promotion',
    check: (step, tick) => {
      if (!decidesPromotion(step)) return 'skip';
      return openGates(tick, step).has('Promotion')
        ? undefined
        : 'no open gate Promotion in this look';
    },
  },
  {
    name: 'a promotion is decided only after a passed analysis, or as wanted or skipped',
    check: (step, tick) => {
      if (!decidesPromotion(step)) return 'skip';
      const { before, after } = runWritten(step) ?? {};
      if (after?.status?.outcome?.reason === 'AnalysisSkipped') return undefined;
      const isSkipped = canary(lookBegan(tick, step))?.spec.skipAnalysis === true;
      if (isSkipped || before?.status?.wanted?.what === 'Promotion') return undefined;
      const began = lookBegan(tick, step);
      if (!isReady(deployment(began, TARGET))) return 'the canary was not ready';
      const bad = [...tick.from.memory.questions.values()].find(({ inquiry, answer }) =>
        isBad(inquiry.kind, answer),
      );
      if (bad !== undefined) return `a check had the answer ${JSON.stringify(bad.answer)}`;
      const live = liveShares(began).canary;
      const isOver =
        after?.spec.strategy === 'canary' ? live >= 90 : (before?.status?.step ?? 0) >= 2;
      const asked = [...tick.from.memory.questions.values()].some(
        ({ inquiry }) => inquiry.kind === 'metric',
      );
      if (!isOver) return `at weight ${live} and step ${before?.status?.step ?? 0}`;
      return asked ? undefined : 'no metric was asked';
    },
  },
  {
    name: 'at most one run is open',
    check: (step) => {
      if (runWritten(step) === undefined) return 'skip';
      const open = runs(step.after_).filter(isOpen);
      return open.length <= 1 ? undefined : `${open.length} runs are open`;
    },
  },
  {
    name: 'a run that has ended never goes on, and keeps its outcome',
    check: (step) => {
      const { before, after } = runWritten(step) ?? {};
      if (before === undefined || after === undefined || isOpen(before)) return 'skip';
      const reasonOf = ({ status }: RolloutRun): string | undefined => status?.outcome?.reason;
      return phaseOf(before) === phaseOf(after) && reasonOf(before) === reasonOf(after)
        ? undefined
        : `${phaseOf(before)} became ${phaseOf(after)}`;
    },
  },
  {
    name: 'every write says what it rests on',
    check: ({ verb, key, guarded }) =>
      verb === 'create' || guarded ? undefined : `${verb} of ${key} without a precondition`,
  },
  {
    name: 'a Canary with revertOnDeletion goes only when its target serves',
    check: (step, tick) => {
      if (step.key !== 'canaries/app' || step.verb === 'replaceStatus') return 'skip';
      const before = step.before as Canary;
      if (before.metadata.deletionTimestamp === undefined || before.spec.revertOnDeletion !== true)
        return 'skip';
      const began = lookBegan(tick, step);
      // Before there is a primary the target has the traffic.
      if (!began.has(PRIMARY)) return 'skip';
      const target = deployment(began, TARGET);
      return target === undefined || isReady(target) ? undefined : 'the target serves nobody';
    },
  },
];

const NOW_TEXT = new Date(Date.UTC(2026, 0, 1, 12)).toISOString();

/** Whether somebody kept a template of this image as what the primary had run before. */
function isKept({ before_ }: Step, image: string): boolean {
  return [...before_].some(
    ([key, object]) =>
      key.startsWith('controllerrevisions/') && JSON.stringify(object).includes(`"${image}"`),
  );
}

/** Whether the share goes to the canary because the promoted template does not come up. */
function isFallback(step: Step): boolean {
  return recorded(step)?.status?.outcome?.reason === PROMOTION_FAILED;
}

function isBad(kind: string, answer: unknown): boolean {
  const { answer: inner } = (answer ?? {}) as { answer?: { kind: string; value?: number } };
  if (kind === 'metric')
    return inner !== undefined && (inner.kind !== 'value' || (inner.value ?? 0) < 99);
  return false;
}

function decidesPromotion(step: Step): boolean {
  const { before, after } = runWritten(step) ?? {};
  if (after === undefined || phaseOf(before) === phaseOf(after)) return false;
  const skipped = phaseOf(after) === 'Succeeded' && phaseOf(before) !== 'Finalising';
  return phaseOf(after) === 'Promoting' || skipped;
}

/** Whether a run ends in this call without a promotion. */
function endsBadly(step: Step): RolloutRun | undefined {
  const { before, after } = runWritten(step) ?? {};
  if (after === undefined || (before !== undefined && !isOpen(before))) return undefined;
  return TERMINAL_RUN_PHASES.has(phaseOf(after) as never) && phaseOf(after) !== 'Succeeded'
    ? after
    : undefined;
}

export const TICK_PROPERTIES: readonly TickProperty[] = [
  {
    name: 'the reconciler never throws unless the API server failed',
    check: ({ error, disturbed }) =>
      error === undefined || (disturbed && (error as { retryable?: boolean }).retryable === true)
        ? undefined
        : `it threw ${error instanceof Error ? error.message : 'something'}`,
  },
  {
    name: 'a failing canary is rolled back in the tick of the last failed check',
    check: ({ to, error }) => {
      const run = newestRun(to.cluster);
      if (run?.status === undefined || error !== undefined) return 'skip';
      const { failedChecks, unknownChecks, phase } = run.status;
      const isCounted =
        ['Held', 'Progressing'].includes(phase) && canary(to.cluster)?.spec.suspend !== true;
      if (!isCounted || canary(to.cluster)?.metadata.deletionTimestamp !== undefined) return 'skip';
      return Math.max(failedChecks, unknownChecks) < 2
        ? undefined
        : `${failedChecks} failed and ${unknownChecks} unanswered checks, and the run is ${phase}`;
    },
  },
  {
    name: 'going back to safety asks no gate',
    check: (tick) => {
      const ended = tick.steps.find((step) => {
        const run = endsBadly(step);
        return run !== undefined && run.status?.outcome?.reason !== PROMOTION_FAILED;
      });
      if (ended === undefined) return 'skip';
      const asked = tick.gates.find(({ look, answer }) => look === ended.look && answer !== 'open');
      return asked === undefined ? undefined : `the gate ${asked.question.gate} was asked`;
    },
  },
  {
    name: 'an abort or a rejection is carried out at once, whatever the phase and the gates',
    check: ({ from, to, error }) => {
      const said = [...from.cluster.keys()].some((key) =>
        /^approvals\/say-(?:abort|reject)$/.test(key),
      );
      const run = newestRun(from.cluster);
      const object = canary(from.cluster);
      const isHindered =
        object?.spec.suspend === true || object?.metadata.deletionTimestamp !== undefined;
      if (!said || !isOpen(run) || isHindered || error !== undefined || object === undefined)
        return 'skip';
      const copied = revisionOf(deployment(from.cluster, PRIMARY)) === runRevision(run);
      if (phaseOf(run) === 'Finalising' || (phaseOf(run) === 'Promoting' && copied)) return 'skip';
      const after = runs(to.cluster).find(({ metadata }) => metadata.uid === run.metadata.uid);
      if (isOpen(after)) return `the run is still ${phaseOf(after)}`;
      const { canary: share } = liveShares(to.cluster);
      return share === 0 || !serves(deployment(from.cluster, PRIMARY))
        ? undefined
        : `the canary keeps ${share} percent`;
    },
  },
  {
    name: 'nothing moves while suspended',
    check: ({ from, to, steps, disturbed }) => {
      const object = canary(from.cluster);
      const isStill =
        object?.spec.suspend === true && object.metadata.deletionTimestamp === undefined;
      // Whoever aborts or rejects goes back to safety.
      const said = [...from.cluster.keys()].some((key) =>
        /^approvals\/say-(?:abort|reject)$/.test(key),
      );
      if (!isStill || disturbed || said) return 'skip';
      const raised = steps.map(raise).find((each) => each !== undefined);
      if (raised !== undefined) return `raised from ${raised.from} to ${raised.to}`;
      if (steps.some(({ key }) => key === TARGET)) return 'the target was changed';
      const image = ({ cluster }: State): string => revisionOf(deployment(cluster, PRIMARY));
      if (image(from) !== image(to)) return 'the primary was changed';
      const phases = ({ cluster }: State): string => runs(cluster).map(phaseOf).join();
      return phases(from) === phases(to) ? undefined : `runs became ${phases(to)}`;
    },
  },
  {
    name: 'a share raised by hand is taken back at once',
    check: ({ from, to, error, disturbed, steps }) => {
      const run = newestRun(from.cluster);
      const object = canary(from.cluster);
      const said = [...from.cluster.keys()].some((key) => key.startsWith('approvals/'));
      const isOurs = object !== undefined && object.metadata.deletionTimestamp === undefined;
      if (!isOurs || !isOpen(run) || error !== undefined || disturbed || said) return 'skip';
      const { canary: before } = liveShares(from.cluster);
      const isBegun = (run.status?.steps.length ?? 0) > 0;
      const allowed = (isBegun ? run.status?.weights.canary : object.status?.canaryWeight) ?? 0;
      const target = deployment(from.cluster, TARGET);
      const isSame = revisionOf(target) === runRevision(run) && !object.spec.skipAnalysis;
      if (before <= allowed || !serves(deployment(from.cluster, PRIMARY)) || !isSame) return 'skip';
      // What follows in the same look, past its gate, may raise it again.
      const route = steps.find(({ key }) => key.startsWith('httproutes/'));
      const { canary: after } = liveShares(route?.after_ ?? to.cluster);
      return after <= allowed ? undefined : `${after} percent, the record says ${allowed}`;
    },
  },
  {
    name: 'at most one write of the status in one look',
    check: ({ steps }) => {
      const looks = steps
        .filter(({ key, verb }) => key === 'canaries/app' && verb === 'replaceStatus')
        .map(({ look }) => look);
      return new Set(looks).size === looks.length ? undefined : 'the status was written twice';
    },
  },
  {
    name: 'completion is told only of a promotion',
    check: ({ events, to, steps }) => {
      if (!events.some((event) => event.startsWith('Promotion completed!'))) return 'skip';
      const written = steps.flatMap((step) => runWritten(step)?.after ?? []);
      const ended = [...written, ...runs(to.cluster)].filter((run) => phaseOf(run) === 'Succeeded');
      const primary = revisionOf(deployment(to.cluster, PRIMARY));
      return ended.some((run) => primary === runRevision(run) || primary === '')
        ? undefined
        : `no run has succeeded with ${primary}, which the primary has`;
    },
  },
];

export const REST_PROPERTIES: readonly RestProperty[] = [
  {
    name: 'at rest the status says what the run says',
    check: ({ cluster }) => {
      const object = canary(cluster);
      const run = newestRun(cluster);
      if (object === undefined || run === undefined || object.spec.suspend === true) return 'skip';
      const wanted = {
        Succeeded: ['Succeeded'],
        Failed: ['Failed'],
        Aborted: ['Failed', 'Succeeded', 'Initialized'],
      }[phaseOf(run)];
      const { phase = '', lastAppliedSpec } = object.status ?? {};
      if (wanted === undefined) return 'skip';
      if (!wanted.includes(phase)) return `the Canary is ${phase}, its run ${phaseOf(run)}`;
      return phase === 'Succeeded' &&
        phaseOf(run) === 'Succeeded' &&
        lastAppliedSpec !== run.spec.revision
        ? 'another revision is applied'
        : undefined;
    },
  },
  {
    name: 'no release is lost',
    check: ({ cluster }) => {
      const target = deployment(cluster, TARGET);
      const object = canary(cluster);
      if (target === undefined || object?.status?.lastPromotedSpec === undefined) return 'skip';
      const primary = deployment(cluster, PRIMARY);
      if (primary === undefined || revisionOf(primary) === revisionOf(target)) return undefined;
      const run = newestRun(cluster);
      return run !== undefined && runRevision(run) === revisionOf(target) && !isOpen(run)
        ? undefined
        : `the target has ${revisionOf(target)}, the primary ${revisionOf(primary)}, and no run ended for it`;
    },
  },
  {
    name: 'at rest no traffic is left on a canary whose run has ended',
    check: ({ cluster }) => {
      const run = newestRun(cluster);
      const { canary: share, mirrored } = liveShares(cluster);
      if (canary(cluster) === undefined || run?.status?.outcome?.reason === PROMOTION_FAILED)
        return 'skip';
      if (!serves(deployment(cluster, PRIMARY))) return 'skip';
      return share === 0 && !mirrored ? undefined : `${share} percent`;
    },
  },
];
