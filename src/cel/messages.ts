import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  NULL,
  STRING,
  TIMESTAMP,
  UINT,
  listOf,
  mapOf,
  opaque,
  struct,
  type CelType,
  type PrimitiveName,
} from './types.ts';

/** A message of Protocol Buffers that every CEL environment knows. */
interface Message {
  /** Static type of a literal of it: that of the CEL value it becomes. */
  readonly type: CelType;
  readonly fields: Readonly<Record<string, CelType>>;
}

const wrapper = (name: PrimitiveName, value: CelType): Message => ({
  type: { kind: 'primitive', name, isWrapper: true },
  fields: { value },
});

const JSON_OBJECT = mapOf(STRING, DYN);
const JSON_LIST = listOf(DYN);

/** The one well-known message that stays a message. */
export const EMPTY = struct({ name: 'google.protobuf.Empty', fields: {} });

/** Type of a message that holds another, whichever; as good as dyn. */
export const ANY = opaque('google.protobuf.Any');

/** Messages that are literals of CEL values, by full name. */
export const MESSAGES: ReadonlyMap<string, Message> = new Map([
  ['google.protobuf.BoolValue', wrapper('bool', BOOL)],
  ['google.protobuf.BytesValue', wrapper('bytes', BYTES)],
  ['google.protobuf.DoubleValue', wrapper('double', DOUBLE)],
  ['google.protobuf.FloatValue', wrapper('double', DOUBLE)],
  ['google.protobuf.Int32Value', wrapper('int', INT)],
  ['google.protobuf.Int64Value', wrapper('int', INT)],
  ['google.protobuf.StringValue', wrapper('string', STRING)],
  ['google.protobuf.UInt32Value', wrapper('uint', UINT)],
  ['google.protobuf.UInt64Value', wrapper('uint', UINT)],
  ['google.protobuf.Duration', { type: DURATION, fields: { seconds: INT, nanos: INT } }],
  ['google.protobuf.Timestamp', { type: TIMESTAMP, fields: { seconds: INT, nanos: INT } }],
  ['google.protobuf.Struct', { type: JSON_OBJECT, fields: { fields: JSON_OBJECT } }],
  ['google.protobuf.ListValue', { type: JSON_LIST, fields: { values: JSON_LIST } }],
  [
    'google.protobuf.Value',
    {
      type: DYN,
      fields: {
        null_value: INT,
        number_value: DOUBLE,
        string_value: STRING,
        bool_value: BOOL,
        struct_value: JSON_OBJECT,
        list_value: JSON_LIST,
      },
    },
  ],
  // Names that Kubernetes' declarations bring along: they can be written, not evaluated.
  ['timestamp', { type: TIMESTAMP, fields: { seconds: INT, nanos: INT } }],
  ['duration', { type: DURATION, fields: { seconds: INT, nanos: INT } }],
  ['list', { type: JSON_LIST, fields: {} }],
  ['null_type', { type: NULL, fields: {} }],
  ['google.protobuf.Any', { type: ANY, fields: { type_url: STRING, value: BYTES } }],
]);

/** The only constant of an enumeration: 0. */
export const NULL_VALUE = 'google.protobuf.NullValue.NULL_VALUE';
