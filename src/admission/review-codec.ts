import type { JsonPatchOperation, RequestFacts, UserInfo } from '../domain/decision.ts';
import { SluiceError } from '../domain/errors.ts';
import type { Operation } from '../domain/policy.ts';
import {
  isJsonArray,
  isJsonObject,
  parseLosslessJson,
  stringifyLosslessJson,
  type Json,
} from '../lib/lossless-json.ts';

const API_VERSION = 'admission.k8s.io/v1';
const OPERATIONS: readonly string[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];
/** The API server writes the uid first, so that it can be told even where the rest cannot be read. */
const LEADING_UID = /"request"\s*:\s*\{\s*"uid"\s*:\s*"([\w-]{1,128})"/;

/** An AdmissionRequest, read. */
export interface Review {
  readonly uid: string;
  readonly request: RequestFacts;
  /** null on DELETE. */
  readonly object: Json;
  /** null on CREATE. */
  readonly oldObject: Json;
}

/** Why a write is refused: a metav1 Status. */
export interface ReviewStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: {
    readonly name: string;
    readonly group: string;
    /** Plural name of the resource, as the API server fills it in. */
    readonly kind: string;
    readonly causes: readonly { readonly message: string }[];
  };
}

/** What an AdmissionReview is answered with. */
export interface ReviewResponse {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: ReviewStatus;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  readonly patch?: readonly JsonPatchOperation[];
}

/** An AdmissionReview that cannot be read; `uid` is '' when not even that is known. */
export class ReviewError extends SluiceError {
  override readonly name: string = 'ReviewError';
  readonly uid: string;
  constructor(uid: string, message: string) {
    super('SLUICE_REVIEW', message);
    this.uid = uid;
  }
}

type Members = { readonly [key: string]: Json };

/**
 * Reads an AdmissionReview of admission.k8s.io/v1; numbers of the objects are kept as they were written.
 * @throws ReviewError, whose message names the field
 */
export function decodeReview(body: string): Review {
  const review = parse(body);
  const request = isJsonObject(review) ? review['request'] : undefined;
  const uid = isJsonObject(request) && typeof request['uid'] === 'string' ? request['uid'] : '';
  const read = new FieldReader(uid);
  const envelope = read.object(review, 'the body');
  if (envelope['kind'] !== 'AdmissionReview') throw read.failure('kind must be AdmissionReview');
  if (envelope['apiVersion'] !== API_VERSION) {
    throw read.failure(`apiVersion must be ${API_VERSION}`);
  }
  const members = read.object(request, 'request');
  if (uid === '') throw read.failure('request.uid must be a text that is not empty');
  return {
    uid,
    request: readRequest(members, read),
    object: members['object'] ?? null,
    oldObject: members['oldObject'] ?? null,
  };
}

function parse(body: string): Json {
  try {
    return parseLosslessJson(body);
  } catch {
    throw new ReviewError(LEADING_UID.exec(body)?.[1] ?? '', 'the body is not JSON');
  }
}

function readRequest(request: Members, read: FieldReader): RequestFacts {
  const operation = request['operation'];
  if (typeof operation !== 'string' || !OPERATIONS.includes(operation)) {
    throw read.failure(`request.operation must be one of ${OPERATIONS.join(', ')}`);
  }
  const optional = <T>(name: string, value: T | undefined): Record<string, T> =>
    value === undefined ? {} : { [name]: value };
  const subResource = read.text(request, 'subResource');
  const requestSubResource = read.text(request, 'requestSubResource');
  const namespace = read.text(request, 'namespace');
  return {
    kind: readKind(request['kind'], 'request.kind', read),
    resource: readResource(request['resource'], 'request.resource', read),
    ...optional('subResource', subResource),
    ...(request['requestKind'] === undefined
      ? {}
      : { requestKind: readKind(request['requestKind'], 'request.requestKind', read) }),
    ...(request['requestResource'] === undefined
      ? {}
      : {
          requestResource: readResource(
            request['requestResource'],
            'request.requestResource',
            read,
          ),
        }),
    ...optional('requestSubResource', requestSubResource),
    name: read.text(request, 'name') ?? '',
    ...optional('namespace', namespace),
    operation: operation as Operation,
    userInfo: readUserInfo(request['userInfo'] ?? {}, read),
    dryRun: request['dryRun'] === true,
    ...(request['options'] === undefined ? {} : { options: request['options'] }),
  };
}

function readKind(value: Json | undefined, path: string, read: FieldReader): RequestFacts['kind'] {
  const members = read.object(value, path);
  return {
    group: read.text(members, 'group', path) ?? '',
    version: read.text(members, 'version', path) ?? '',
    kind: read.required(members, 'kind', path),
  };
}

function readResource(
  value: Json | undefined,
  path: string,
  read: FieldReader,
): RequestFacts['resource'] {
  const members = read.object(value, path);
  return {
    group: read.text(members, 'group', path) ?? '',
    version: read.text(members, 'version', path) ?? '',
    resource: read.required(members, 'resource', path),
  };
}

function readUserInfo(value: Json, read: FieldReader): UserInfo {
  const path = 'request.userInfo';
  const members = read.object(value, path);
  const username = read.text(members, 'username', path);
  const uid = read.text(members, 'uid', path);
  const groups = members['groups'];
  const extra = members['extra'];
  return {
    ...(username === undefined ? {} : { username }),
    ...(uid === undefined ? {} : { uid }),
    ...(groups === undefined ? {} : { groups: read.texts(groups, `${path}.groups`) }),
    ...(extra === undefined ? {} : { extra: readExtra(extra, read) }),
  };
}

function readExtra(value: Json, read: FieldReader): Record<string, readonly string[]> {
  const path = 'request.userInfo.extra';
  const entries = Object.entries(read.object(value, path));
  return Object.fromEntries(entries.map(([key, texts]) => [key, read.texts(texts, path)]));
}

/** Reads members by type; what does not fit is an error that names the field and holds none of its content. */
class FieldReader {
  readonly #uid: string;
  constructor(uid: string) {
    this.#uid = uid;
  }

  failure(message: string): ReviewError {
    return new ReviewError(this.#uid, message);
  }

  object(value: Json | undefined, path: string): Members {
    if (!isJsonObject(value)) throw this.failure(`${path} must be an object`);
    return value;
  }

  text(members: Members, name: string, path = 'request'): string | undefined {
    const value = members[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw this.failure(`${path}.${name} must be a text`);
    return value;
  }

  required(members: Members, name: string, path: string): string {
    const value = this.text(members, name, path) ?? '';
    if (value === '') throw this.failure(`${path}.${name} must be a text that is not empty`);
    return value;
  }

  texts(value: Json, path: string): readonly string[] {
    if (value === null) return [];
    if (isJsonArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.failure(`${path} must be a list of texts`);
  }
}

/** Writes the AdmissionReview of an answer. */
export function encodeReview(response: ReviewResponse): string {
  const { patch = [], ...rest } = response;
  const patched =
    patch.length === 0
      ? {}
      : {
          patchType: 'JSONPatch',
          patch: Buffer.from(stringifyLosslessJson(patch as unknown as Json)).toString('base64'),
        };
  return JSON.stringify({
    apiVersion: API_VERSION,
    kind: 'AdmissionReview',
    response: { ...rest, ...patched },
  });
}
