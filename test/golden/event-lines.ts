import { align } from './align.ts';
import type { Found } from './status-lines.ts';

/** A line of events.txt: `Warning Synced Halt advancement …`. */
interface EventLine {
  readonly text: string;
  /** client-go folds events of one object into one from the eleventh on, and says so before the message. */
  readonly isFolded: boolean;
}

const FOLDED = '(combined from similar events): ';

/**
 * Compares two sequences of Kubernetes Events. Paths are `folded` where only client-go's note before a message differs,
 * `repeated TEXT` where both have an event but not as often, and `event TEXT` for what one does not have at all.
 */
export function compareEvents(golden: readonly string[], ours: readonly string[]): Found[] {
  const [a, b] = [golden.map(parseEvent), ours.map(parseEvent)];
  const inBoth = new Set(a.map(({ text }) => text)).intersection(
    new Set(b.map(({ text }) => text)),
  );
  const pathOf = (text: string): string => `${inBoth.has(text) ? 'repeated' : 'event'} ${text}`;
  return align(a, b, (x, y) => (x.text === y.text ? 0 : undefined)).flatMap((pair): Found[] => {
    const text = pair.golden?.text ?? pair.ours?.text ?? '';
    if (pair.golden === undefined) return [{ path: pathOf(text), golden: undefined, ours: text }];
    if (pair.ours === undefined) return [{ path: pathOf(text), golden: text, ours: undefined }];
    if (pair.golden.isFolded === pair.ours.isFolded) return [];
    const note = (line: EventLine): string => (line.isFolded ? FOLDED.trim() : 'no note');
    return [{ path: 'folded', golden: note(pair.golden), ours: note(pair.ours) }];
  });
}

function parseEvent(line: string): EventLine {
  return { text: line.replace(FOLDED, ''), isFolded: line.includes(FOLDED) };
}
