import { SluiceError } from '../domain/errors.ts';

/** What a query template may refer to, under Flagger's names. */
export interface QueryVariables {
  readonly name: string;
  readonly namespace: string;
  readonly target: string;
  readonly service: string;
  readonly ingress: string;
  readonly route: string;
  readonly interval: string;
  readonly variables: Readonly<Record<string, string>>;
}

const ACTION = /\{\{(-\s)?((?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^}]|\}(?!\}))*)\}\}/g;
const FUNCTIONS = [
  'name',
  'namespace',
  'target',
  'service',
  'ingress',
  'route',
  'interval',
] as const;
const KNOWN = [...FUNCTIONS, 'variables.KEY'].join(', ');

/**
 * Renders a MetricTemplate's query: Flagger's functions and `variables`, with Go's white-space trimming. Any other
 * action of Go's text/template is refused, because a query that is rendered differently would judge another thing.
 * @throws SluiceError SLUICE_UNSUPPORTED `unsupported template action`, or SLUICE_MISSING for an absent variable
 */
export function renderQuery(template: string, values: QueryVariables): string {
  let out = '';
  let end = 0;
  let trimNext = false;
  for (const found of template.matchAll(ACTION)) {
    const literal = template.slice(end, found.index);
    const text = trimNext ? literal.trimStart() : literal;
    out += found[1] === undefined ? text : text.trimEnd();
    const body = found[2] ?? '';
    trimNext = /\s-$/.test(body);
    out += evaluate(trimNext ? body.slice(0, -1).trim() : body.trim(), values);
    end = found.index + found[0].length;
  }
  const rest = template.slice(end);
  if (rest.includes('{{')) throw unsupported('{{');
  return out + (trimNext ? rest.trimStart() : rest);
}

function evaluate(action: string, values: QueryVariables): string {
  if (action.startsWith('/*') && action.endsWith('*/')) return '';
  const name = FUNCTIONS.find((known) => known === action);
  if (name !== undefined) return values[name];
  const key = /^variables\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(action)?.[1];
  if (key === undefined) throw unsupported(action);
  const value = Object.hasOwn(values.variables, key) ? values.variables[key] : undefined;
  if (value === undefined) {
    throw new SluiceError('SLUICE_MISSING', `template variable ${key} is not in templateVariables`);
  }
  return value;
}

function unsupported(action: string): SluiceError {
  const shown = action.length > 80 ? `${action.slice(0, 80)}…` : action;
  return new SluiceError(
    'SLUICE_UNSUPPORTED',
    `unsupported template action: ${shown} (known: ${KNOWN})`,
  );
}
