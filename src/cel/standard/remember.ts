/**
 * A function that remembers its last answers: policies read the same few durations again and again.
 * @param compute pure; what it throws is not remembered
 * @param capacity how many answers are kept before all are forgotten
 */
export function remembering<T>(
  compute: (text: string) => T,
  capacity: number,
): (text: string) => T {
  const answers = new Map<string, T>();
  return (text) => {
    const known = answers.get(text);
    if (known !== undefined) return known;
    const answer = compute(text);
    if (answers.size >= capacity) answers.clear();
    if (text.length <= MAX_TEXT) answers.set(text, answer);
    return answer;
  };
}

/** Longer texts are not kept. */
const MAX_TEXT = 64;
