import type { KubeObject } from '../domain/object.ts';
import type { PodTemplate, Workload } from './workload/types.ts';

/** Restorations within this time are counted together. Milliseconds. */
const WINDOW_MS = 300_000;
/** Another writer that never gives in, such as a webhook that changes what is written, is not fought for ever. */
const MAX_RESTORED = 5;

/** What a primary must get back: a template that was seen, or that of the target, which is what was promoted. */
export type Restoration = { readonly template: PodTemplate } | 'target';

interface Known {
  readonly uid: string | undefined;
  readonly revision: string;
  readonly template: PodTemplate;
}

interface Promoted {
  /** What was promoted into it; undefined when that is not known. */
  readonly revision: string | undefined;
  /** Whether it runs what the target has; undefined when the target is another version. */
  readonly proven: boolean | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/**
 * Remembers what was promoted into a primary, so that it can be given back when somebody edits the primary's pods: also
 * while the target is another version. After a restart the first look counts, unless the target shows that it is wrong.
 */
export class PrimaryKeeper {
  #known: Known | undefined;
  #restored: readonly number[] = [];

  /** @returns what the primary must get back; undefined when it is right, or when nothing is known of what it was */
  judge(
    primary: KubeObject,
    workload: Workload,
    { revision, proven, now }: Promoted,
  ): Restoration | undefined {
    if (revision === undefined) return undefined;
    const { uid } = primary.metadata;
    const template = workload.template(primary);
    const known = this.#knownOf(uid, revision);
    const isRight =
      known === undefined ? proven !== false : workload.sameTemplate(template, known.template);
    const right = isRight ? { uid, revision, template } : known;
    this.#known = right;
    if (isRight && !workload.paused(primary)) return undefined;
    if (!this.#mayRestore(now)) return undefined;
    return right === undefined ? 'target' : { template: right.template };
  }

  #knownOf(uid: string | undefined, revision: string): Known | undefined {
    const known = this.#known;
    return known?.uid === uid && known?.revision === revision ? known : undefined;
  }

  /** It was given back. */
  restored(now: number): void {
    this.#restored = [...this.#restored, now];
  }

  #mayRestore(now: number): boolean {
    this.#restored = this.#restored.filter((at) => now - at < WINDOW_MS);
    return this.#restored.length < MAX_RESTORED;
  }
}
