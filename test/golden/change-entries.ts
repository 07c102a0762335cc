import { align, type Aligned } from './align.ts';
import {
  goldenOnly,
  oursOnly,
  pairDifferences,
  parseStatusLine,
  statusDistance,
  steps,
  type Found,
  type StatusLine,
} from './status-lines.ts';

/** One entry of changes.txt: `+` created, `-` deleted, `~` changed, `=` a status of the Canary. */
interface Change {
  readonly op: '+' | '-' | '~' | '=';
  /** `Kind/name`; the phase for a status. */
  readonly id: string;
  /** What changed, by path: `70 -> 40`. */
  readonly fields: ReadonlyMap<string, string>;
  readonly status?: StatusLine;
}

/**
 * Compares two sequences of object changes. Paths are `+ Kind/name`, `- Kind/name`, `~ Kind/name path` and `= ` with a
 * path of the status; `order` before one that both have, at different places.
 * @param isLeftOut kinds that are not compared
 */
export function compareChanges(
  golden: string,
  ours: string,
  isLeftOut: (kind: string) => boolean,
): Found[] {
  const kept = (text: string): Change[] =>
    parseChanges(text).filter(({ op, id }) => op === '=' || !isLeftOut(id.split('/', 1)[0] ?? ''));
  const [x, y] = [withoutChance(kept(golden)), withoutChance(kept(ours))];
  return [...compareInOrder(x.ordered, y.ordered), ...compareInOrder(x.byChance, y.byChance)];
}

function compareInOrder(a: readonly Change[], b: readonly Change[]): Found[] {
  const pairs = align(a, b, distance);
  const moved = movedChanges(pairs);
  return pairs.flatMap((pair) => {
    if (pair.golden !== undefined && pair.ours !== undefined) {
      return withPrefix(pair.golden, differencesOf(pair.golden, pair.ours));
    }
    if (pair.golden !== undefined) return onlyIn(a, pair.golden, moved, goldenOnly);
    if (pair.ours !== undefined) return onlyIn(b, pair.ours, moved, oursOnly);
    return [];
  });
}

function parseChanges(text: string): Change[] {
  const changes: Change[] = [];
  let fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const field = /^ {2}(.+?): (.* -> .*)$/.exec(line);
    const head = /^([+~-]) (\S+)/.exec(line);
    if (field !== null) fields.set(field[1] ?? '', field[2] ?? '');
    else if (line.startsWith('= status ')) {
      const status = parseStatusLine(line.slice('= status '.length));
      changes.push({ op: '=', id: status.phase, fields: new Map(), status });
    } else if (head !== null) {
      fields = new Map();
      changes.push({ op: head[1] as Change['op'], id: head[2] ?? '', fields });
    }
  }
  return changes;
}

/**
 * What a HorizontalPodAutoscaler does to a primary comes when the API server's own controller looks at it: it is
 * compared apart, and what it stood between counts as one burst, in which order is chance.
 */
function withoutChance(changes: readonly Change[]): { ordered: Change[]; byChance: Change[] } {
  const isScaled = changes.some(({ id }) => /^HorizontalPodAutoscaler\/.*-primary$/.test(id));
  const isByChance = ({ op, id, fields }: Change): boolean =>
    isScaled &&
    op === '~' &&
    /^Deployment\/.*-primary$/.test(id) &&
    [...fields.keys()].join() === 'spec.replicas';
  const ordered = changes.filter((change) => !isByChance(change));
  return { ordered: burstsSorted(ordered), byChance: changes.filter(isByChance) };
}

/** Creations that follow each other, and deletions, in the order of their names, as the kit sorts them. */
function burstsSorted(changes: readonly Change[]): Change[] {
  const bursts: Change[][] = [];
  for (const change of changes) {
    const last = bursts.at(-1);
    if ('+-'.includes(change.op) && last?.[0]?.op === change.op) last.push(change);
    else bursts.push([change]);
  }
  return bursts.flatMap((burst) => burst.sort((a, b) => (a.id < b.id ? -1 : 1)));
}

function distance(a: Change, b: Change): number | undefined {
  if (a.op !== b.op || a.id !== b.id) return undefined;
  if (a.status !== undefined && b.status !== undefined) return statusDistance(a.status, b.status);
  const paths = new Set([...a.fields.keys(), ...b.fields.keys()]);
  if (paths.size === 0) return 0;
  const same = [...paths].filter((path) => a.fields.get(path) === b.fields.get(path)).length;
  const known = [...a.fields.keys()].some((path) => b.fields.has(path));
  return known ? 1 - same / paths.size : undefined;
}

function differencesOf(golden: Change, ours: Change): Found[] {
  if (golden.status !== undefined && ours.status !== undefined) {
    return pairDifferences(golden.status, ours.status);
  }
  const paths = new Set([...golden.fields.keys(), ...ours.fields.keys()]);
  return [...paths]
    .map((path) => ({ path, golden: golden.fields.get(path), ours: ours.fields.get(path) }))
    .filter((each) => each.golden !== each.ours);
}

function withPrefix({ op, id }: Change, found: readonly Found[]): Found[] {
  const prefix = op === '=' ? '=' : `${op} ${id}`;
  return found.map((each) => ({ ...each, path: `${prefix} ${each.path}` }));
}

function onlyIn(
  all: readonly Change[],
  change: Change,
  moved: ReadonlySet<string>,
  report: (text: string) => (path: string) => Found,
): Found[] {
  const before = all[all.indexOf(change) - 1];
  if (moved.has(textOf(change))) {
    const place = before === undefined ? 'first' : `after ${textOf(before)}`;
    return [report(place)(`order ${change.op} ${change.id}`)];
  }
  if (change.status !== undefined) {
    const statuses = all.flatMap(({ status }) => status ?? []);
    return withPrefix(change, steps(statuses, change.status).map(report(change.status.text)));
  }
  if (change.op !== '~') {
    return [report(change.op === '+' ? 'created' : 'deleted')(`${change.op} ${change.id}`)];
  }
  const fields = [...change.fields].map(([path, text]) => report(text)(path));
  return withPrefix(change, fields);
}

/** Changes that both sides have, without a counterpart at the same place. */
function movedChanges(pairs: readonly Aligned<Change>[]): ReadonlySet<string> {
  const [lost, gained] = [new Set<string>(), new Set<string>()];
  for (const { golden, ours } of pairs) {
    if (golden !== undefined && ours === undefined) lost.add(textOf(golden));
    if (ours !== undefined && golden === undefined) gained.add(textOf(ours));
  }
  return lost.intersection(gained);
}

function textOf({ op, id, fields, status }: Change): string {
  if (status !== undefined) return `= ${status.text}`;
  return [`${op} ${id}`, ...[...fields].map(([path, text]) => `${path}: ${text}`)].join(' ');
}
