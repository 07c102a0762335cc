import { Buffer } from 'node:buffer';
import { ApiError, badRequest } from '../api-error.ts';
import { setMember, textOf, type Fields } from '../json.ts';
import { MESSAGES, type FieldType, type Message } from './messages.ts';
import { readFields, type WireField } from './wire.ts';

/** Media type of Kubernetes' protobuf. */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const MAGIC = 'k8s\0';

/**
 * Reads an object in Kubernetes' protobuf form.
 * @param text the bytes, one character each
 * @throws ApiError 400 when it is malformed, 415 when it holds a kind or field that is not read
 */
export function decodeProtobuf(text: string): Fields {
  const bytes = Buffer.from(text, 'latin1');
  if (!text.startsWith(MAGIC))
    throw badRequest('the body is not in the protobuf form of Kubernetes');
  try {
    const envelope = decodeMessage(bytes.subarray(MAGIC.length), ENVELOPE);
    const { apiVersion, kind } = envelope['typeMeta'] as Fields;
    const message = MESSAGES[`${textOf(apiVersion)} ${textOf(kind)}`];
    if (message === undefined) throw notRead(`the kind ${textOf(kind)}`);
    const raw = Buffer.from(textOf(envelope['raw']), 'base64');
    return { apiVersion, kind, ...decodeMessage(raw, message) };
  } catch (error) {
    if (error instanceof RangeError) throw badRequest(`malformed protobuf: ${error.message}`);
    throw error;
  }
}

const ENVELOPE: Message = {
  1: ['typeMeta', { message: { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] } }],
  2: ['raw', 'bytes'],
  3: ['contentEncoding', 'skip'],
  4: ['contentType', 'skip'],
};

function notRead(what: string): ApiError {
  const text = `the sandbox API server does not read ${what} in protobuf form; write it as a file and use kubectl apply -f`;
  return new ApiError(415, 'UnsupportedMediaType', text);
}

function decodeMessage(bytes: Uint8Array, message: Message): Fields {
  const result: Fields = {};
  for (const field of readFields(bytes)) {
    const known = message[field.number];
    if (known !== undefined) {
      setField(result, known, field);
      continue;
    }
    // Go writes unset structs as empty messages and unset numbers as zero: they say nothing.
    const isUnset = typeof field.value === 'bigint' ? field.value === 0n : field.value.length === 0;
    if (!isUnset) throw notRead(`field number ${field.number} of a message`);
  }
  return result;
}

function setField(
  result: Fields,
  [name, type]: readonly [name: string, type: FieldType],
  { value }: WireField,
): void {
  if (type === 'skip') return;
  if (typeof value === 'bigint') {
    if (type === 'bool') result[name] = value !== 0n;
    else if (type === 'int' || (type === 'count' && value !== 0n)) {
      result[name] = Number(BigInt.asIntN(64, value));
    }
    return;
  }
  if (type === 'string' || type === 'bytes') setText(result, name, { value, type });
  else if (typeof type === 'object') setStructure(result, name, { value, type });
}

function setText(
  result: Fields,
  name: string,
  { value, type }: { value: Uint8Array; type: 'string' | 'bytes' },
): void {
  const text = textOfBytes(value, type);
  if (text !== '') result[name] = text;
}

function textOfBytes(value: Uint8Array, type: 'string' | 'bytes'): string {
  return Buffer.from(value).toString(type === 'bytes' ? 'base64' : 'utf8');
}

function setStructure(
  result: Fields,
  name: string,
  { value, type }: { value: Uint8Array; type: Extract<FieldType, object> },
): void {
  if ('message' in type) {
    const inner = decodeMessage(value, type.message);
    if (Object.keys(inner).length > 0) result[name] = inner;
    return;
  }
  if ('map' in type) {
    const map = (result[name] ?? {}) as Fields;
    const fields = readFields(value);
    const part = (number: number): Uint8Array => {
      const found = fields.find((field) => field.number === number)?.value;
      return found instanceof Uint8Array ? found : new Uint8Array();
    };
    setMember(map, textOfBytes(part(1), 'string'), textOfBytes(part(2), type.map));
    result[name] = map;
    return;
  }
  const list = (result[name] ?? []) as unknown[];
  const { list: element } = type;
  list.push(element === 'string' ? textOfBytes(value, 'string') : decodeMessage(value, element));
  result[name] = list;
}
