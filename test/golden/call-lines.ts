import { align } from './align.ts';
import { leafDifferences, leavesOf } from './leaves.ts';
import type { Found } from './status-lines.ts';

/** A line of calls.txt, within its stream. */
interface Call {
  readonly text: string;
  /** What was called: `hook load-test`, `query sum(…)`, the message of an event. */
  readonly what: string;
  readonly leaves: ReadonlyMap<string, string>;
}

/**
 * Compares the calls of each stream. Paths are `STREAM: WHAT` for a call that only one has (`repeated` before it when
 * the other has it, less often), and `STREAM: WHAT payload.KEY` or `… answer` where a call differs.
 */
export function compareCalls(golden: string, ours: string): Found[] {
  const [a, b] = [parseStreams(golden), parseStreams(ours)];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((stream) =>
    compareStream(a.get(stream) ?? [], b.get(stream) ?? []).map((found) => ({
      ...found,
      path: `${stream}: ${found.path}`,
    })),
  );
}

/** The answers that queries got: a number, `null` for none, `error`. */
export function queryAnswers(text: string): string[] {
  return [...parseStreams(text).values()]
    .flat()
    .filter(({ what }) => what.startsWith('query '))
    .map(({ leaves }) => leaves.get('answer') ?? '');
}

function compareStream(golden: readonly Call[], ours: readonly Call[]): Found[] {
  const whatOf = (calls: readonly Call[]): Set<string> => new Set(calls.map(({ what }) => what));
  const inBoth = whatOf(golden).intersection(whatOf(ours));
  const nameOf = ({ what }: Call): string => (inBoth.has(what) ? `repeated ${what}` : what);
  return align(golden, ours, distance).flatMap((pair): Found[] => {
    if (pair.golden !== undefined && pair.ours !== undefined) {
      const { what, leaves } = pair.golden;
      return leafDifferences(leaves, pair.ours.leaves).map((each) => ({
        ...each,
        path: `${what} ${each.path}`,
      }));
    }
    if (pair.golden !== undefined) {
      return [{ path: nameOf(pair.golden), golden: pair.golden.text, ours: undefined }];
    }
    if (pair.ours !== undefined) {
      return [{ path: nameOf(pair.ours), golden: undefined, ours: pair.ours.text }];
    }
    return [];
  });
}

function distance(a: Call, b: Call): number | undefined {
  if (a.what !== b.what) return undefined;
  return leafDifferences(a.leaves, b.leaves).length / (a.leaves.size + b.leaves.size + 1);
}

function parseStreams(text: string): Map<string, Call[]> {
  const streams = new Map<string, Call[]>();
  let calls: Call[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) {
      calls = [];
      streams.set(line.slice(2), calls);
    } else if (line !== '') calls.push(parseCall(line));
  }
  return streams;
}

function parseCall(line: string): Call {
  const hook = /^hook (\S+) => (\S+) (.*)$/.exec(line);
  if (hook !== null) {
    const [, name = '', answer = '', body = ''] = hook;
    const payload = parseJson(body);
    return {
      text: line,
      what: eventOf(payload) ?? `hook ${name}`,
      leaves: leavesOf({ answer, payload }),
    };
  }
  const query = /^(query .*) => (\S+)$/.exec(line);
  const [, what = line, answer = ''] = query ?? [];
  return { text: line, what, leaves: new Map([['answer', answer]]) };
}

/** The message of a call that reports an event: with it the calls of one stream are told apart. */
function eventOf(payload: unknown): string | undefined {
  const { metadata } = (payload ?? {}) as { metadata?: { eventMessage?: string } };
  return metadata?.eventMessage === undefined ? undefined : `event ${metadata.eventMessage}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
