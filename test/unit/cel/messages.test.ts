import { describe, expect, it } from 'vitest';
import { compile } from '../../../src/cel/compile.ts';
import { admissionEnvironment } from '../../../src/cel/environment.ts';
import { typeText } from '../../../src/cel/types.ts';
import { answer } from './libraries/answer.ts';

const environment = admissionEnvironment({ hasParams: false, hasAuthorizer: true });

const short = (expression: string): string => expression.replaceAll('#', 'google.protobuf.');

// Expression, answer and cost as kube-apiserver 1.37 gives them; `#` is `google.protobuf.`.
describe('well-known messages', () => {
  it.each<[string, string, number | undefined]>([
    ['#Int64Value{value: 1}', '1', 40],
    ['#Int64Value{}', '0', 40],
    ['.#Int64Value{value: 1}', '1', 40],
    ['#Int64Value{?value: optional.of(1)}', '1', 41],
    ['#Int64Value{?value: optional.none()}', '0', 41],
    ['#Int64Value{value: 1} + 1', '2', 41],
    ['#Int64Value{value: 1} == null', 'false', 41],
    ['#Int64Value{value: #Int64Value{value: 1}}', '1', 80],
    ['[#Int64Value{value: 1}, 2]', '[1, 2]', 50],
    ['type(#Int64Value{value: 1})', 'int', 41],
    ['#Int64Value{value: dyn(1u)}', '!conversion', 40],
    ['#Int32Value{value: 5000000000}', '!overflow', 40],
    ["#Int32Value{value: dyn('a')}", '!conversion', 40],
    ['#UInt32Value{value: 1u}', '1', 40],
    ['#UInt32Value{value: 5000000000u}', '!overflow', 40],
    ['#UInt32Value{value: dyn(1)}', '!conversion', 40],
    ['#UInt64Value{value: 1u}', '1', 40],
    ['#UInt64Value{}', '0', 40],
    ['#BoolValue{value: true} && true', 'true', 40],
    ['#BoolValue{value: dyn(1)}', '!conversion', 40],
    ["#BytesValue{value: b'a'}", '61', 40],
    ['#DoubleValue{value: 1.5}', '1.5', 40],
    ['#DoubleValue{}', '0', 40],
    ['#FloatValue{value: 1.1}', '1.100000023841858', 40],
    ['#FloatValue{value: 1e300}', 'Infinity', 40],
    ["#StringValue{value: 'abc'} + 'd'", '"abcd"', 41],
    ['#StringValue{}', '""', 40],
    ['#Duration{seconds: 5, nanos: 1}', '5000000001', 40],
    ['#Duration{seconds: 9223372037}', '9223372036854775807', 40],
    ['#Duration{seconds: -9223372037}', '-9223372036854775808', 40],
    ['#Duration{nanos: 5000000000}', '!overflow', 40],
    ["#Duration{seconds: dyn('a')}", '!conversion', 40],
    ['#Timestamp{seconds: 5, nanos: 1}', '1970-01-01T00:00:05.000000001Z', 40],
    ['#Timestamp{seconds: 5} - #Timestamp{seconds: 1}', '4000000000', 81],
    ["#Struct{fields: {'a': {'b': [1, 2]}}}", '{"a": {"b": [1, 2]}}', 40],
    ['#Struct{}', '{}', 40],
    ["#Struct{fields: {'a': 1}}.a", '1', 42],
    ["#Struct{fields: {'a': 9223372036854775807}}.a", '"9223372036854775807"', 42],
    ["#Struct{fields: {'a': 18446744073709551615u}}.a", '"18446744073709551615"', 42],
    ["#Struct{fields: {'a': b'x'}}.a", '"eA=="', 42],
    ["#Struct{fields: {'a': duration('1s')}}.a", '"1s"', 42],
    ["#Struct{fields: {'a': timestamp(5)}}.a", '"1970-01-01T00:00:05Z"', 42],
    ["#Struct{fields: {'a': optional.of(1)}}", '{"a": 1}', 71],
    ["#Struct{fields: {'a': {1: 2}}}", '!conversion', 40],
    ['#Struct{fields: dyn(1)}', '!other', 40],
    ["#ListValue{values: ['a']}", '["a"]', 40],
    ['#ListValue{values: [int]}', '!conversion', 40],
    ['#ListValue{}', '[]', 40],
    ['#Value{}', 'null', 40],
    ['#Value{number_value: 1.0}', '1', 40],
    ["#Value{bool_value: true, string_value: 'a'}", '"a"', 40],
    ['#Value{null_value: #NullValue.NULL_VALUE}', 'null', 40],
    ['#Value{number_value: dyn(1)}', '!conversion', 40],
    ["#Value{struct_value: {'a': 1}}", '{"a": 1}', 40],
    ['#Any{}', '!other', 40],
    ['#Empty{} == #Empty{}', 'true', 81],
    ['#NullValue.NULL_VALUE', '0', 0],
    ['#Empty', 'google.protobuf.Empty', 0],
    ['#Int64Value{value: 1 / 0}', '!divide_by_zero', 41],
    ['#Int64Value{value: 1u}', '!compile type', undefined],
    ['#Int64Value{value: null}', '!compile type', undefined],
    ['#Int64Value{valu: 1}', '!compile undefined_field', undefined],
    ['#Int64Value{value: 1}.value', '!compile other', undefined],
    ["#Int64Value{value: 1} == 'a'", '!compile no_overload', undefined],
    ['[#Int64Value{value: 1}, null]', '!compile type', undefined],
    ['#Int64Value', '!compile const_fold', undefined],
    ['#Struct', '!compile const_fold', undefined],
    ['#NullValue', '!compile undeclared', undefined],
    ['#FieldMask{}', '!compile undeclared', undefined],
    ['Int64Value{value: 1}', '!compile undeclared', undefined],
    ["#StringValue{value: 'abc'}.all(x, true)", '!compile type', undefined],
  ])('%s', (source, text, cost) => {
    expect(answer(short(source))).toEqual({ text, cost });
  });

  it.each([
    ['#Int64Value{}', 'wrapper(int)'],
    ['#FloatValue{}', 'wrapper(double)'],
    ['[#Int64Value{}]', 'list(wrapper(int))'],
    ['true ? 2 : #Int64Value{}', 'int'],
    ['[#Int64Value{}].map(x, x + 1)', 'list(int)'],
    ['#Struct{}', 'map(string, dyn)'],
    ['#ListValue{}', 'list(dyn)'],
    ['#Value{}', 'dyn'],
    ['#Any{}', 'google.protobuf.Any'],
    ['#Any{}.x', 'dyn'],
    ['#Empty{}', 'google.protobuf.Empty'],
    ['#Duration{}', 'google.protobuf.Duration'],
  ])('%s is of type %s', (source, type) => {
    const compiled = compile(short(source), environment);
    expect(compiled.ok && typeText(compiled.program.type)).toBe(type);
  });

  it('knows the calendar of any second of int64', () => {
    const text = (seconds: string): string => answer(short(`#Timestamp{seconds: ${seconds}}`)).text;
    expect(text('9223372036854775807')).toBe('292277026596-12-04T15:30:07Z');
    expect(text('9000000000000')).toBe('287168-08-24T16:00:00Z');
    expect(text('-100000000000')).toBe('-1199-02-15T14:13:20Z');
  });
});
