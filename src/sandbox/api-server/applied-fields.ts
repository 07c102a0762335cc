import { ApiError, type Cause } from './api-error.ts';
import { sameJson } from './json.ts';
import type { FieldSet } from './field-set.ts';

/**
 * Which manager applied which fields last, by uid of the object. Only server-side apply is remembered: what other
 * writes set belongs to nobody.
 */
export class AppliedFields {
  readonly #byUid = new Map<string, Map<string, FieldSet>>();

  /** The fields that the manager applied last; empty when it applied none. */
  of(uid: string, manager: string): FieldSet {
    return this.#byUid.get(uid)?.get(manager) ?? new Map();
  }

  /** The fields of every other manager. */
  others(uid: string, manager: string): [manager: string, fields: FieldSet][] {
    return [...(this.#byUid.get(uid) ?? [])].filter(([name]) => name !== manager);
  }

  /** Remembers what the manager applied; with `force`, takes those fields from the others where they differ. */
  set(uid: string, manager: string, fields: FieldSet): void {
    const managers = this.#byUid.get(uid) ?? new Map<string, FieldSet>();
    this.#byUid.set(uid, managers);
    for (const [name, held] of managers) {
      if (name === manager) continue;
      const kept = [...held].filter(([key, field]) => {
        const taken = fields.get(key);
        return taken === undefined || sameJson(taken.value, field.value);
      });
      managers.set(name, new Map(kept));
    }
    managers.set(manager, fields);
  }

  /** Forgets an object. */
  delete(uid: string): void {
    this.#byUid.delete(uid);
  }
}

/** The 409 that names the managers whose fields an apply would change; undefined when there is none. */
export function applyConflict(
  fields: FieldSet,
  others: readonly [manager: string, fields: FieldSet][],
): ApiError | undefined {
  const causes = others.flatMap(([manager, held]) =>
    [...held]
      .filter(([key, { value }]) => {
        const wanted = fields.get(key);
        return wanted !== undefined && !sameJson(wanted.value, value);
      })
      .map(([key]) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${JSON.stringify(manager)}`,
        field: key,
      })),
  );
  if (causes.length === 0) return undefined;
  return new ApiError(409, 'Conflict', conflictText(causes), { causes });
}

function conflictText(causes: readonly Cause[]): string {
  const [first] = causes;
  if (causes.length === 1) {
    return `Apply failed with 1 conflict: ${first?.message ?? ''}: ${first?.field ?? ''}`;
  }
  const managers = [...new Set(causes.map(({ message }) => message))].sort();
  const lines = managers.flatMap((message) => [
    `${message.replace('conflict', 'conflicts')}:`,
    ...causes.filter((cause) => cause.message === message).map(({ field }) => `- ${field}`),
  ]);
  return `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
}
