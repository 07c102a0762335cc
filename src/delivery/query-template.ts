import { SluiceError } from '../domain/errors.ts';
import { TemplateError } from '../lib/text-template/template-error.ts';
import { renderTemplate } from '../lib/text-template/text-template.ts';
import { Text, type Value } from '../lib/text-template/values.ts';

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

/**
 * Makes a value of `templateVariables` safe at its place in a query.
 * @param before the query up to that place
 * @throws SluiceError SLUICE_INPUT for a value that cannot stand there
 */
export type EscapeValue = (value: string, before: string) => string;

const FUNCTIONS = [
  'name',
  'namespace',
  'target',
  'service',
  'ingress',
  'route',
  'interval',
] as const;

/**
 * Renders a MetricTemplate's query: Go's text/template with Flagger's functions and `variables`, a map (Flagger 1.44:
 * pkg/metrics/observers; `missingkey=error`).
 * @param escape for values of `templateVariables`: they are written by whoever writes the Canary, the query by others
 * @throws SluiceError SLUICE_INPUT with line and column, or what `escape` throws
 */
export function renderQuery(
  template: string,
  values: QueryVariables,
  escape: EscapeValue = (value) => value,
): string {
  let query = '';
  for (const { text, foreign } of rendered(template, values)) {
    query += foreign ? escape(text, query) : text;
  }
  return query;
}

function rendered(template: string, values: QueryVariables): ReturnType<typeof renderTemplate> {
  try {
    return renderTemplate(template, functionsOf(values));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new SluiceError('SLUICE_INPUT', `query template: ${error.message}`, { cause: error });
  }
}

function functionsOf(values: QueryVariables): Parameters<typeof renderTemplate>[1] {
  const variables = new Map<string, Value>(
    Object.entries(values.variables).map(([key, text]) => [key, Text.foreign(text)]),
  );
  const results: [string, Value][] = [
    ...FUNCTIONS.map((name): [string, Value] => [name, Text.own(values[name])]),
    ['variables', variables],
  ];
  return new Map(results.map(([name, value]) => [name, { arity: [0, 0], call: () => value }]));
}
