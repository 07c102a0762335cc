import { rfc3339 } from '../../domain/clock.ts';
import { SluiceError } from '../../domain/errors.ts';
import type { Variables, VariableValue } from './story.ts';

const PLACEHOLDER = /\$\{([A-Z][A-Z0-9_]*)\}/g;
const ONLY_PLACEHOLDER = /^\$\{([A-Z][A-Z0-9_]*)\}$/;
const NOW = /\$\{NOW(?:([+-])(\d+)([smh]))?\}/g;
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/**
 * Replaces `${NAME}` in every string of a tree. A string that is one placeholder becomes the variable's value with its
 * type; `${NOW…}` stays.
 * @throws SluiceError SLUICE_INPUT for a name without a value
 */
export function fillPlaceholders(tree: unknown, variables: Variables): unknown {
  return mapStrings(tree, (text) => {
    const whole = ONLY_PLACEHOLDER.exec(text)?.[1];
    if (whole !== undefined && whole !== 'NOW') return valueOf(whole, variables);
    return text.replaceAll(PLACEHOLDER, (placeholder, name: string) =>
      name === 'NOW' ? placeholder : String(valueOf(name, variables)),
    );
  });
}

/** Replaces `${NOW}`, `${NOW+12s}` and `${NOW-1m}` by RFC 3339 times. @param nowMs epoch milliseconds */
export function fillNow(tree: unknown, nowMs: number): unknown {
  return mapStrings(tree, (text) =>
    text.replaceAll(NOW, (_all, sign?: string, amount: string = '0', unit: string = 's') => {
      const offset = Number(amount) * (UNIT_SECONDS[unit] ?? 1) * (sign === '-' ? -1 : 1);
      return rfc3339((Math.floor(nowMs / 1000) + offset) * 1000);
    }),
  );
}

/** The names of all placeholders in a tree, `NOW` left out. */
export function placeholderNames(tree: unknown): Set<string> {
  const names = new Set<string>();
  mapStrings(tree, (text) => {
    for (const [, name = ''] of text.matchAll(PLACEHOLDER)) if (name !== 'NOW') names.add(name);
    return text;
  });
  return names;
}

function valueOf(name: string, variables: Variables): VariableValue {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value === undefined) throw new SluiceError('SLUICE_INPUT', `story: no value for ${name}`);
  return value;
}

function mapStrings(tree: unknown, map: (text: string) => unknown): unknown {
  if (typeof tree === 'string') return map(tree);
  if (Array.isArray(tree)) return tree.map((item) => mapStrings(item, map));
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, mapStrings(value, map)]),
  );
}
