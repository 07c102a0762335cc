/**
 * What came of an Approval, in a word:
 * `Done`, `InForce` (a gate may count it until it expires or the run ends), `Ended` (it was in force until then),
 * `Expired` (before anybody acted upon it), `TooLate` and `Unfit` (the run was not in a state for it; nothing was done).
 */
export type OutcomeWord = 'Done' | 'InForce' | 'Ended' | 'Expired' | 'TooLate' | 'Unfit';

const WORDS: readonly OutcomeWord[] = ['Done', 'InForce', 'Ended', 'Expired', 'TooLate', 'Unfit'];

/** The outcome as it stands in `status.consumed` and in the run: the word and a sentence. */
export function outcomeText(word: OutcomeWord, sentence: string): string {
  return `${word}: ${sentence}`;
}

/** Reads an outcome; a text that is none of ours is `Done` with the whole text. */
export function readOutcome(text: string): { word: OutcomeWord; sentence: string } {
  const at = text.indexOf(': ');
  const word = WORDS.find((known) => known === text.slice(0, Math.max(0, at)));
  return word === undefined
    ? { word: 'Done', sentence: text }
    : { word, sentence: text.slice(at + 2) };
}

/** Whether it says that nothing was done. */
export function isRefusal(text: string): boolean {
  const { word } = readOutcome(text);
  return word === 'Expired' || word === 'TooLate' || word === 'Unfit';
}
