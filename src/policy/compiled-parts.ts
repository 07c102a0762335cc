/** How many specs are remembered at most. */
const MAX_SPECS = 4096;

/** What is compiled of specs, by what it depends on, as long as somebody uses it. */
export class CompiledParts<T extends object> {
  readonly #known = new Map<string, WeakRef<T>>();

  /** What was compiled for the key before, if it is still in use; else compiled now. */
  get(key: string, compile: () => T): T {
    const known = this.#known.get(key)?.deref();
    if (known !== undefined) return known;
    const parts = compile();
    if (this.#known.size >= MAX_SPECS) this.#forget();
    this.#known.set(key, new WeakRef(parts));
    return parts;
  }

  /** Forgets what nobody uses any more, or everything: whoever uses it keeps it. */
  #forget(): void {
    for (const [key, reference] of this.#known) {
      if (reference.deref() === undefined) this.#known.delete(key);
    }
    if (this.#known.size >= MAX_SPECS) this.#known.clear();
  }
}
