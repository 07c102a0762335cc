/** Counts checks and prints each as it ends. A check that throws has failed. */
export class Report {
  passed = 0;
  failed = 0;

  async check(
    name: string,
    body: () => Promise<string | undefined> | string | undefined,
  ): Promise<void> {
    try {
      const detail = await body();
      this.passed++;
      console.log(`ok    ${name}${detail === undefined ? '' : `: ${detail}`}`);
    } catch (error) {
      this.failed++;
      console.log(`FAIL  ${name}: ${error instanceof Error ? withCauses(error) : String(error)}`);
    }
  }

  summary(): string {
    return `${this.passed} passed, ${this.failed} failed`;
  }
}

function withCauses(error: Error): string {
  return error.cause instanceof Error
    ? `${error.message} (${withCauses(error.cause)})`
    : error.message;
}

/** @throws Error with the message when the condition does not hold */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
