/** One field of a protobuf message: its number, and a varint or the bytes of what is length-delimited. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

const VARINT = 0;
const DELIMITED = 2;

/**
 * Splits a protobuf message into its fields. Fixed-width fields, which Kubernetes hardly uses, are refused.
 * @throws RangeError when the message is malformed
 */
export function readFields(bytes: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  while (at < bytes.length) {
    const key = readVarint(bytes, at);
    at = key.next;
    const number = Number(key.value >> 3n);
    const value = readVarint(bytes, at);
    at = value.next;
    switch (Number(key.value & 7n)) {
      case VARINT:
        fields.push({ number, value: value.value });
        break;
      case DELIMITED: {
        const end = at + Number(value.value);
        if (end > bytes.length) throw new RangeError('the message ends within a field');
        fields.push({ number, value: bytes.subarray(at, end) });
        at = end;
        break;
      }
      default:
        throw new RangeError('the message has a field of an unknown wire type');
    }
  }
  return fields;
}

const LONGEST_VARINT = 10;

function readVarint(bytes: Uint8Array, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let index = 0; index < LONGEST_VARINT; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) throw new RangeError('the message ends within a number');
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value, next: start + index + 1 };
  }
  throw new RangeError('the message has a number that is too long');
}
