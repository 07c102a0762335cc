import { load } from 'js-yaml';
import { leafDifferences, leavesOf } from './leaves.ts';
import type { Found } from './status-lines.ts';

/** The objects of objects.yaml by `Kind/name`, at the two moments that were recorded. */
interface States {
  readonly initialized: ReadonlyMap<string, unknown>;
  /** With those that are as they were. */
  readonly end: ReadonlyMap<string, unknown>;
}

/**
 * Compares the objects of both moments. Paths are `initialized Kind/name` or `end Kind/name` for an object that only
 * one has, with the path of a leaf behind it where they differ.
 * @param isLeftOut kinds that are not compared
 */
export function compareObjects(
  golden: string,
  ours: string,
  isLeftOut: (kind: string) => boolean,
): Found[] {
  const [a, b] = [maskDigests(parseStates(golden)), maskDigests(parseStates(ours))];
  return (['initialized', 'end'] as const).flatMap((moment) =>
    [...new Set([...a[moment].keys(), ...b[moment].keys()])]
      .filter((id) => !isLeftOut(id.split('/', 1)[0] ?? ''))
      .sort()
      .flatMap((id) => compareObject(`${moment} ${id}`, a[moment].get(id), b[moment].get(id))),
  );
}

function compareObject(path: string, golden: unknown, ours: unknown): Found[] {
  if (golden === undefined) return [{ path, golden: undefined, ours: 'exists' }];
  if (ours === undefined) return [{ path, golden: 'exists', ours: undefined }];
  return leafDifferences(leavesOf(golden), leavesOf(ours)).map((each) => ({
    ...each,
    path: `${path} ${each.path}`,
  }));
}

function parseStates(text: string): States {
  const [, first = '', last = ''] = text.split(/^# ---- .* ----\n/m);
  const initialized = parseObjects(first);
  return { initialized, end: new Map([...initialized, ...parseObjects(last)]) };
}

function parseObjects(text: string): Map<string, unknown> {
  const documents = text.split(/^---\n/m).map((document): [string, unknown] => {
    const id = /^# (\S+)\n/.exec(document)?.[1] ?? '';
    return [id, load(document)];
  });
  return new Map(documents.filter(([id]) => id !== ''));
}

/**
 * Digests of revisions mean nothing but whether two are the same: each becomes a number in the order in which they
 * first appear, so that they differ where one side has the same twice and the other has not. What Sluice puts behind a
 * plus sign is a digest of `trackedConfigs`, which are compared themselves; Flagger's is of the pod template alone.
 */
function maskDigests(states: States): States {
  const known = new Map<string, string>();
  const mask = (revision: string): string => {
    const [text = ''] = revision.split('+');
    const name = known.get(text) ?? `<digest ${known.size + 1}>`;
    known.set(text, name);
    return name;
  };
  return { initialized: masked(states.initialized, mask), end: masked(states.end, mask) };
}

/**
 * Sluice's digest says after a plus sign what the pods are configured with, too; Flagger's says the template alone, and
 * what changes then is `trackedConfigs`.
 */
function ofTemplate(digest: string): string {
  return digest.replace(/\+.*$/, '');
}

const DIGESTS = ['lastAppliedSpec', 'lastPromotedSpec'];

function masked(
  objects: ReadonlyMap<string, unknown>,
  mask: (text: string) => string,
): Map<string, unknown> {
  return new Map(
    [...objects].sort().map(([id, object]) => {
      const { status } = object as { status?: Readonly<Record<string, unknown>> };
      if (!id.startsWith('Canary/') || status === undefined) return [id, object];
      const digests = DIGESTS.flatMap((field): [string, unknown][] => {
        const value = status[field];
        return typeof value === 'string' && value !== '' ? [[field, mask(ofTemplate(value))]] : [];
      });
      const conditions = flaggersConditions(status['conditions']);
      const more = Object.fromEntries([...digests, ...conditions]);
      return [id, { ...(object as object), status: { ...status, ...more } }];
    }),
  );
}

/** Of a Canary's conditions `Promoted` is Flagger's; what stands beside it is Sluice's own, and left out. */
function flaggersConditions(conditions: unknown): [string, unknown][] {
  if (!Array.isArray(conditions)) return [];
  const own = conditions as readonly { type?: unknown }[];
  return [['conditions', own.filter(({ type }) => type === 'Promoted')]];
}
