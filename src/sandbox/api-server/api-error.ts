import type { Fields } from './json.ts';

/** One entry of `details.causes` of a Status, as field.Error makes it. */
export interface Cause {
  reason: string;
  message: string;
  field: string;
}

/** What a Status is about. */
export interface Subject {
  group: string;
  plural: string;
  kind: string;
}

interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: (Cause | { reason?: string; message: string })[];
  retryAfterSeconds?: number;
}

/** An answer that is not a success: an HTTP code and the Status body that kubectl prints. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The `v1 Status` object of the error. */
  toStatus(): Fields {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** `deployments.apps`, or `pods` in the core group: how messages name a resource. */
export function qualified(subject: { group: string; plural: string }): string {
  return subject.group === '' ? subject.plural : `${subject.plural}.${subject.group}`;
}

function detailsOf(subject: Subject, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(subject.group === '' ? {} : { group: subject.group }),
    kind: subject.plural,
  };
}

export function notFound(subject: Subject, name: string): ApiError {
  const text = `${qualified(subject)} "${name}" not found`;
  return new ApiError(404, 'NotFound', text, detailsOf(subject, name));
}

/** The answer for a path below a known group that names no served resource. */
export function unknownResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(subject: Subject, name: string): ApiError {
  const text = `${qualified(subject)} "${name}" already exists`;
  return new ApiError(409, 'AlreadyExists', text, detailsOf(subject, name));
}

const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(subject: Subject, name: string, why = MODIFIED): ApiError {
  const text = `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', text, detailsOf(subject, name));
}

/** A 422 from the causes; at least one. */
export function invalid(subject: Subject, name: string, causes: readonly Cause[]): ApiError {
  const parts = causes.map((cause) =>
    cause.field === '' ? cause.message : `${cause.field}: ${cause.message}`,
  );
  const list = parts.length === 1 ? parts.join('') : `[${parts.join(', ')}]`;
  const kind = subject.group === '' ? subject.kind : `${subject.kind}.${subject.group}`;
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${list}`, {
    ...(name === '' ? {} : { name }),
    ...(subject.group === '' ? {} : { group: subject.group }),
    ...(subject.kind === '' ? {} : { kind: subject.kind }),
    causes: [...causes],
  });
}

/** A 422 for an option of a request that has a value which does not exist. */
export function invalidOption(
  kind: string,
  field: string,
  { value, supported }: { value: unknown; supported: readonly string[] },
): ApiError {
  const subject = { group: 'meta.k8s.io', plural: '', kind };
  return invalid(subject, '', [unsupportedValue(field, value, supported)]);
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

export function forbidden(
  subject: Subject,
  name: string,
  why: string,
  causes: Cause[] = [],
): ApiError {
  const text = `${qualified(subject)} "${name}" is forbidden: ${why}`;
  const details = detailsOf(subject, name);
  if (causes.length > 0) details.causes = causes;
  return new ApiError(403, 'Forbidden', text, details);
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized');
}

export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}

export function methodNotAllowed(): ApiError {
  const text = 'the server does not allow this method on the requested resource';
  return new ApiError(405, 'MethodNotAllowed', text, {});
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  const text = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new ApiError(415, 'UnsupportedMediaType', text);
}

export function notAcceptable(accepted: readonly string[]): ApiError {
  const text = `only the following media types are accepted: ${accepted.join(', ')}`;
  return new ApiError(406, 'NotAcceptable', text);
}

export function tooLarge(limitBytes: number): ApiError {
  const text = `Request entity too large: limit is ${limitBytes}`;
  return new ApiError(413, 'RequestEntityTooLarge', text);
}

/** What the sandbox's API server knows of but does not do. */
export function notImplemented(what: string): ApiError {
  const text = `the sandbox API server does not implement ${what}; docs/reference/sandbox-api.md lists what it serves`;
  return new ApiError(501, 'NotImplemented', text);
}

export function internalError(message: string): ApiError {
  return new ApiError(500, 'InternalError', `Internal error occurred: ${message}`);
}

export function requiredField(field: string, detail = ''): Cause {
  const message = detail === '' ? 'Required value' : `Required value: ${detail}`;
  return { reason: 'FieldValueRequired', message, field };
}

export function invalidField(field: string, value: unknown, detail: string): Cause {
  const message = `Invalid value: ${printValue(value)}: ${detail}`;
  return { reason: 'FieldValueInvalid', message, field };
}

export function unsupportedValue(
  field: string,
  value: unknown,
  supported: readonly string[],
): Cause {
  const list = supported.map((entry) => JSON.stringify(entry)).join(', ');
  const message = `Unsupported value: ${printValue(value)}: supported values: ${list}`;
  return { reason: 'FieldValueNotSupported', message, field };
}

// field.Error prints a composite value's type or fields in Go's own syntax; its JSON says the same to a reader.
function printValue(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return (text ?? 'null').slice(0, 512);
}
