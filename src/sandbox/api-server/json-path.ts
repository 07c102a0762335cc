import { fieldsOf, isFields, listOf, sameJson } from './json.ts';

type Step =
  | { readonly type: 'member'; readonly name: string }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'all' }
  | { readonly type: 'filter'; readonly path: readonly string[]; readonly value: unknown };

const STEP =
  /\.?([A-Za-z_][\w-]*(?:\\\.[\w-]+)*)|\['((?:[^'\\]|\\.)*)'\]|\[(-?\d+)\]|(\[\*\]|\.\*)|\[\?\(@\.([\w.-]+)\s*==\s*(?:"([^"]*)"|'([^']*)'|(true|false|-?\d+))\)\]/y;

/**
 * Compiles the JSONPath of a printer column: members, `['a.b']`, indexes, `[*]` and filters by equality
 * (`.status.conditions[?(@.type=="Ready")].status`).
 * @returns a function that gives all matches; undefined when the path is of a form that is not understood
 */
export function compileJsonPath(path: string): ((value: unknown) => unknown[]) | undefined {
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const match = STEP.exec(path);
    if (match === null) return undefined;
    steps.push(stepOf(match));
  }
  return (value) =>
    steps.reduce<unknown[]>((found, step) => found.flatMap((entry) => taken(entry, step)), [value]);
}

function stepOf(match: RegExpExecArray): Step {
  const [, member, quoted, index, all, filter, double, single, literal] = match;
  if (index !== undefined) return { type: 'index', index: Number(index) };
  if (all !== undefined) return { type: 'all' };
  if (filter !== undefined) {
    const value: unknown = literal === undefined ? (double ?? single) : JSON.parse(literal);
    return { type: 'filter', path: filter.split('.'), value };
  }
  return { type: 'member', name: (member ?? quoted ?? '').replaceAll(/\\(.)/g, '$1') };
}

function taken(value: unknown, step: Step): unknown[] {
  switch (step.type) {
    case 'member':
      return isFields(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index': {
      const entry = listOf(value).at(step.index);
      return entry === undefined ? [] : [entry];
    }
    case 'all':
      return isFields(value) ? Object.values(value) : [...listOf(value)];
    case 'filter':
      return listOf(value).filter((entry) => {
        const member = step.path.reduce<unknown>((inner, key) => fieldsOf(inner)[key], entry);
        return sameJson(member, step.value);
      });
  }
}
