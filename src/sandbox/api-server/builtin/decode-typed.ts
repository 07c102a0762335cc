import { badRequest } from '../api-error.ts';
import { isFields, setMember, type Fields } from '../json.ts';
import { typeNameOf } from '../../../domain/builtin-types/builtin-types.ts';

/**
 * Reads an object as the Go type of its kind does: members that the type does not know are dropped, nulls too, and a value
 * of another type is refused. Changes the object.
 * @param schema of {@link builtinType}
 * @returns paths of what was unknown, e.g. `spec.template.spec.containers[0].imagee`
 * @throws ApiError 400 as kube-apiserver words it
 */
export function decodeTyped(
  object: Fields,
  schema: Fields,
  { kind, version }: { readonly kind: string; readonly version: string },
): string[] {
  const unknown: string[] = [];
  try {
    decodeStruct(object, schema, { owner: kind, names: [], path: '', version, unknown });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(
      `${kind} in version "${version}" cannot be handled as a ${kind}: ${error.message}`,
    );
  }
  return unknown;
}

class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

interface Place {
  /** The struct that holds the value. */
  readonly owner: string;
  /** Members that lead to it, without positions. */
  readonly names: readonly string[];
  /** With positions. */
  readonly path: string;
  readonly version: string;
  readonly unknown: string[];
}

function decodeStruct(value: Fields, schema: Fields, place: Place): void {
  const properties = schema['properties'];
  if (!isFields(properties)) return;
  for (const [key, member] of Object.entries(value)) {
    if (place.names.length === 0 && (key === 'apiVersion' || key === 'kind')) continue;
    const path = place.path === '' ? key : `${place.path}.${key}`;
    const inner = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!isFields(inner)) {
      place.unknown.push(path);
      Reflect.deleteProperty(value, key);
    } else if (member === null) Reflect.deleteProperty(value, key);
    else
      setMember(
        value,
        key,
        decode(member, inner, { ...place, path, names: [...place.names, key] }),
      );
  }
}

function decode(value: unknown, schema: Fields, place: Place): unknown {
  const { format, type } = schema;
  if (format === 'quantity') return quantity(value);
  if (format === 'int-or-string') return intOrString(value, place);
  if (type === 'object') return decodeObject(value, schema, place);
  if (type === 'array') return decodeList(value, schema, place);
  if (type === undefined) return value;
  return scalar(value, schema, place);
}

function decodeObject(value: unknown, schema: Fields, place: Place): unknown {
  if (!isFields(value)) throw mismatch(value, goType(schema, place), place);
  const values = schema['additionalProperties'];
  if (!isFields(values)) {
    decodeStruct(value, schema, { ...place, owner: typeNameOf(schema) ?? place.owner });
    return value;
  }
  for (const [key, member] of Object.entries(value)) {
    // A null in a map is the zero value.
    const read =
      member === null && values['type'] === 'string'
        ? ''
        : decode(member, values, { ...place, path: `${place.path}.${key}` });
    setMember(value, key, read);
  }
  return value;
}

function decodeList(value: unknown, schema: Fields, place: Place): unknown {
  const items = schema['items'];
  if (!Array.isArray(value)) throw mismatch(value, goType(schema, place), place);
  if (!isFields(items)) return value;
  return (value as unknown[]).map((entry, index) =>
    decode(entry, items, { ...place, path: `${place.path}[${index}]` }),
  );
}

const INT32 = 2 ** 31;

function scalar(value: unknown, schema: Fields, place: Place): unknown {
  const { type, format } = schema;
  const go = goType(schema, place);
  switch (type) {
    case 'integer': {
      const fits = format === 'int32' ? INT32 : Number.MAX_SAFE_INTEGER + 1;
      const isGood =
        typeof value === 'number' && Number.isInteger(value) && value < fits && value >= -fits;
      if (isGood) return value;
      throw mismatch(value, go, place, typeof value === 'number' ? ` ${String(value)}` : '');
    }
    case 'number':
      if (typeof value !== 'number') throw mismatch(value, go, place);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch(value, go, place);
      return value;
    default:
      return text(value, format, { go, place });
  }
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function text(
  value: unknown,
  format: unknown,
  { go, place }: { go: string; place: Place },
): string {
  if (typeof value !== 'string') throw mismatch(value, go, place);
  if (format === 'date-time' && !TIME.test(value)) {
    const shown = JSON.stringify(value);
    throw new DecodeError(
      `parsing time ${shown} as "2006-01-02T15:04:05Z07:00": cannot parse ${shown} as "2006"`,
    );
  }
  if (format === 'byte' && !BASE64.test(value)) {
    const at = /[^A-Za-z0-9+/]/.exec(value)?.index ?? value.length;
    throw new DecodeError(`illegal base64 data at input byte ${at}`);
  }
  return value;
}

const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

const MILLI = 1000;

/** Numbers become text, as Kubernetes writes them: 0.5 is `500m`. */
function quantity(value: unknown): unknown {
  if (typeof value === 'number') {
    return Number.isInteger(value) ? String(value) : `${Math.ceil(value * MILLI)}m`;
  }
  if (typeof value === 'string' && QUANTITY.test(value)) return value;
  throw new DecodeError(
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );
}

function intOrString(value: unknown, place: Place): unknown {
  if (typeof value === 'string') return value;
  return scalar(value, { type: 'integer', format: 'int32' }, place);
}

function mismatch(value: unknown, go: string, place: Place, detail = ''): DecodeError {
  const where = [place.owner, ...place.names].join('.');
  return new DecodeError(
    `json: cannot unmarshal ${jsonType(value)}${detail} into Go struct field ${where} of type ${go}`,
  );
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
}

const GO_TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'bool',
  int32: 'int32',
  int64: 'int64',
  number: 'float64',
};

function goType(schema: Fields, place: Place): string {
  const named = typeNameOf(schema);
  // Names that two packages use have the package behind them here.
  if (named !== undefined)
    return `${named === 'ObjectMeta' ? 'v1' : place.version}.${named.replace(/_.*/, '')}`;
  const { type, format, items, additionalProperties } = schema;
  if (isFields(items)) return `[]${goType(items, place)}`;
  if (isFields(additionalProperties)) return `map[string]${goType(additionalProperties, place)}`;
  const key = type === 'integer' ? String(format) : String(type);
  return GO_TYPES[key] ?? key;
}
