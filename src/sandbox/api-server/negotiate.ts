import { notAcceptable } from './api-error.ts';

/** The form of an answer: plain objects, tables for kubectl, or metadata only. */
export type AnswerForm = 'object' | 'table' | 'metadata';

const ACCEPTED = ['application/json', 'application/yaml'];

/** One clause of an Accept header. */
export interface MediaType {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The clauses of an Accept header in the order in which they stand. An empty header accepts JSON. */
export function parseAccept(accept: string | undefined): MediaType[] {
  const text = accept === undefined || accept.trim() === '' ? 'application/json' : accept;
  return text.split(',').map((clause) => {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    const pairs = parameters.map((part) => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)] as const;
    });
    return { type: type.toLowerCase(), parameters: Object.fromEntries(pairs) };
  });
}

/**
 * Chooses the form of an answer about objects: the first clause that can be met.
 * @throws ApiError 406 when none can
 */
export function negotiateForm(accept: string | undefined): AnswerForm {
  for (const { type, parameters } of parseAccept(accept)) {
    if (!isJson(type)) continue;
    const { as, g, v } = parameters;
    if (as === undefined) return 'object';
    const isMeta = g === 'meta.k8s.io' && (v === 'v1' || v === 'v1beta1');
    if (isMeta && as === 'Table') return 'table';
    if (isMeta && (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')) {
      return 'metadata';
    }
  }
  throw notAcceptable(ACCEPTED.slice(0, 1));
}

/** Whether a plain JSON answer is accepted; aggregated forms are asked for separately. */
export function isJson(type: string): boolean {
  return type === 'application/json' || type === '*/*' || type === 'application/*';
}
