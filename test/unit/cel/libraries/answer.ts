import { authorizerValues } from '../../../../src/cel/authorizer-values.ts';
import { compile } from '../../../../src/cel/compile.ts';
import { admissionEnvironment } from '../../../../src/cel/environment.ts';
import type { AuthorizerAnswer, AuthorizerQuestion } from '../../../../src/cel/library.ts';
import { toTagged, type Tagged } from '../../../../src/cel/tagged.ts';

/** Answers to questions of the authorizer; undefined: not among the facts. */
export type Authorize = (question: AuthorizerQuestion) => AuthorizerAnswer | undefined;

const REQUEST_RESOURCE = {
  group: 'apps',
  resource: 'deployments',
  subresource: '',
  namespace: 'shop',
  name: 'checkout',
};
const environment = admissionEnvironment({ hasParams: false, hasAuthorizer: true });
const patchEnvironment = admissionEnvironment({
  hasParams: false,
  hasAuthorizer: true,
  hasPatchTypes: true,
});

/**
 * What an expression gives and costs, in short: `42`, `"text"`, `[1, 2]`, `some(1)`, `none`, the text of a library's
 * value, or `!class` of the error (`!compile class` when it does not compile).
 */
export function answer(
  expression: string,
  authorize: Authorize = () => ({ decision: 'allow' }),
): { text: string; cost: number | undefined } {
  const isPatch = expression.includes('jsonpatch.');
  const compiled = compile(expression, isPatch ? patchEnvironment : environment);
  if (!compiled.ok) return { text: `!compile ${compiled.errorClass}`, cost: undefined };
  const outcome = compiled.program.evaluate({
    values: authorizerValues(REQUEST_RESOURCE),
    context: { authorize },
  });
  return {
    text: outcome.ok ? inShort(toTagged(outcome.value)) : `!${outcome.errorClass}`,
    cost: outcome.cost,
  };
}

function inShort({ t, v }: Tagged): string {
  if (t === 'list') return `[${(v as Tagged[]).map(inShort).join(', ')}]`;
  if (t === 'map') {
    const entries = (v as [Tagged, Tagged][]).map((pair) => pair.map(inShort).join(': '));
    return `{${entries.join(', ')}}`;
  }
  if (t === 'optional') return v === null ? 'none' : `some(${inShort(v as Tagged)})`;
  if (t === 'string') return JSON.stringify(v);
  return String(v);
}
