import type { Canary } from '../../domain/canary.ts';
import type { RolloutRun } from '../../domain/run.ts';
import type { HttpRoute } from '../gateway/route.ts';
import type { Hold } from './timeline.ts';

/** The name of the route and Services that a Canary generates. */
export function apexNameOf(canary: Canary): string {
  return canary.spec.service?.name ?? canary.spec.targetRef.name;
}

/** Percent of the first rule's traffic that goes to the backend `…-canary`; undefined when there is none. */
export function canaryWeightOf(route: HttpRoute): number | undefined {
  const backends = route.spec.rules?.[0]?.backendRefs ?? [];
  const total = backends.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const canary = backends.find(({ name }) => name.endsWith('-canary'));
  if (canary === undefined || total === 0) return undefined;
  return ((canary.weight ?? 1) * 100) / total;
}

/** What holds the newest run of a Canary; undefined when nothing does. */
export function holdOf(canary: string, runs: readonly RolloutRun[]): Hold | undefined {
  const own = runs.filter(
    ({ spec }) => spec.subject.kind === 'Canary' && spec.subject.name === canary,
  );
  const newest = own.reduce<RolloutRun | undefined>(
    (best, run) => (best === undefined || numberOf(run) > numberOf(best) ? run : best),
    undefined,
  );
  const held = newest?.status?.held;
  if (held === undefined) return undefined;
  return held.nextOpen === undefined
    ? { reasons: held.reasons }
    : { reasons: held.reasons, nextOpen: held.nextOpen };
}

function numberOf(run: RolloutRun): number {
  return Number(/-(\d+)$/.exec(run.metadata.name)?.[1] ?? 0);
}
