import { CORE_SCHEMA, load } from 'js-yaml';
import type { UserInfo } from '../../domain/decision.ts';
import { badRequest, tooLarge, unsupportedMediaType } from './api-error.ts';
import type { Fields } from './json.ts';
import { decodeProtobuf, PROTOBUF } from './protobuf/decode.ts';
import type { ParsedPath } from './request-path.ts';

/** One request, its URL taken apart. Header names are lower case. */
export interface ApiRequest extends ParsedPath {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body; bytes of protobuf are one character each. */
  readonly text: string;
  readonly user: UserInfo;
  readonly signal: AbortSignal;
  /** Collects what the answer warns of, a refusal included. */
  readonly warnings: string[];
}

/** What answers it: a JSON value, or a stream of text. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Fields | AsyncIterable<string> | string;
  /** Default `application/json`. */
  readonly contentType?: string;
}

/** As kube-apiserver's limit on request bodies. */
const BODY_LIMIT = 3 * 1024 * 1024;

/** The media type of the body without its parameters; JSON when it is not said. */
export function contentTypeOf(headers: Readonly<Record<string, string>>): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim() === '' ? 'application/json' : type.trim().toLowerCase();
}

/**
 * Reads the body, JSON or YAML.
 * @returns undefined when it is empty
 * @throws ApiError 400, 413 or 415
 */
export function parseBody({ headers, text }: ApiRequest): unknown {
  if (text.length > BODY_LIMIT) throw tooLarge(BODY_LIMIT);
  if (text.trim() === '') return undefined;
  switch (contentTypeOf(headers)) {
    case 'application/json':
      return parsedJson(text);
    case PROTOBUF:
      return decodeProtobuf(text);
    case 'application/yaml':
    case 'application/apply-patch+yaml':
      return parsedYaml(text);
    default:
      throw unsupportedMediaType(['application/json', 'application/yaml']);
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw badRequest('the request body is not valid JSON');
  }
}

function parsedYaml(text: string): unknown {
  try {
    return load(text, { schema: CORE_SCHEMA });
  } catch {
    throw badRequest('the request body is not valid YAML');
  }
}
