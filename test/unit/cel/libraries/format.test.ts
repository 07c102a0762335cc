import { expect, it } from 'vitest';
import { answer } from './answer.ts';

// Expression, answer and cost as kube-apiserver 1.37 gives them.
it.each<[string, string, number | undefined]>([
  [`format.dns1123Label().validate('a.b')`, 'some(["must not contain dots"])', 9],
  [
    `format.dns1123Label().validate('A')`,
    "some([\"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')\"])",
    9,
  ],
  [`format.dns1123LabelPrefix().validate('ab-')`, 'none', 9],
  [
    `format.dns1123Subdomain().validate('A_')`,
    "some([\"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\"])",
    16,
  ],
  [
    `format.dns1035Label().validate('1a')`,
    "some([\"a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')\"])",
    9,
  ],
  [
    `format.qualifiedName().validate('a/b/c')`,
    "some([\"a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')\"])",
    16,
  ],
  [
    `format.qualifiedName().validate('/')`,
    "some([\"prefix part must be non-empty\", \"name part must be non-empty\", \"name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')\"])",
    16,
  ],
  [
    `format.qualifiedName().validate('A_b/x')`,
    "some([\"prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\"])",
    16,
  ],
  [
    `format.labelValue().validate('-x')`,
    "some([\"a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')\"])",
    11,
  ],
  [`format.labelValue().validate('')`, 'none', 11],
  [`format.uri().validate('x')`, 'some(["parse \\"x\\": invalid URI for request"])', 277],
  [`format.uuid().validate('x')`, 'some(["does not match the UUID format"])', 19],
  [`format.byte().validate('x')`, 'some(["invalid base64"])', 22],
  [`format.byte().validate('')`, 'some(["invalid base64"])', 22],
  [`format.date().validate('0000-01-01')`, 'none', 37],
  [`format.date().validate('2024-02-30')`, 'some(["invalid date"])', 37],
  [`format.datetime().validate('2024-02-28T23:59:59Z')`, 'none', 55],
  [`format.datetime().validate('2024-02-28t23:59:60z')`, 'some(["invalid datetime"])', 55],
  [`format.datetime().validate('2024-02-28T23:59:59,123+01:00')`, 'none', 55],
  [`format.named('x')`, 'none', 1],
  [`format.named('uri')`, 'some(null)', 1],
  [`format.named('dns1123Label').value() == format.dns1123Label()`, 'true', 4],
  [
    `format.uri().validate('http://a:b:c/')`,
    'some(["parse \\"http://a:b:c/\\": invalid port \\":b:c\\" after host"])',
    553,
  ],
  [
    `format.uri().validate('http://a%zz')`,
    'some(["parse \\"http://a%zz\\": invalid URL escape \\"%zz\\""])',
    553,
  ],
  [
    `format.uri().validate('http://a/%zzé')`,
    'some(["parse \\"http://a/%zzé\\": invalid URL escape \\"%zz\\""])',
    553,
  ],
  [
    `format.uri().validate('http://a/%é')`,
    'some(["parse \\"http://a/%é\\": invalid URL escape \\"%é\\""])',
    553,
  ],
  [
    `format.uri().validate('http://u u@h')`,
    'some(["parse \\"http://u u@h\\": net/url: invalid userinfo"])',
    553,
  ],
  [
    `format.uri().validate('http://a b')`,
    'some(["parse \\"http://a b\\": invalid character \\" \\" in host name"])',
    553,
  ],
  [
    String.raw`format.uri().validate('http://a\n')`,
    'some(["parse \\"http://a\\\\n\\": net/url: invalid control character in URL"])',
    277,
  ],
  [
    `format.uri().validate('http://[1::2')`,
    'some(["parse \\"http://[1::2\\": missing \']\' in host"])',
    553,
  ],
  [
    `format.uri().validate('http://[1.2.3.4]')`,
    'some(["parse \\"http://[1.2.3.4]\\": invalid IP-literal"])',
    553,
  ],
  [
    `format.uri().validate('http://[x]')`,
    'some(["parse \\"http://[x]\\": invalid IP-literal"])',
    553,
  ],
  [`format.uri().validate(':a')`, 'some(["parse \\":a\\": missing protocol scheme"])', 277],
  [`format.uri().validate('')`, 'some(["parse \\"\\": empty url"])', 277],
  [`format.uri().validate('a"b')`, 'some(["parse \\"a\\\\\\"b\\": invalid URI for request"])', 277],
  [
    `format.dns1123SubdomainPrefix().validate('é-')`,
    "some([\"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\"])",
    16,
  ],
  [`format.dns1035LabelPrefix().validate('a-')`, 'none', 9],
  [
    'format.dns1123Label().validate("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
    'some(["must be no more than 63 characters"])',
    57,
  ],
  [
    'format.dns1123LabelPrefix().validate("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
    'some(["must be no more than 63 characters"])',
    57,
  ],
  [
    'format.dns1035Label().validate("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
    'some(["must be no more than 63 characters"])',
    57,
  ],
  [
    'format.labelValue().validate("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
    'some(["must be no more than 63 bytes"])',
    71,
  ],
  [
    'format.qualifiedName().validate("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")',
    'some(["name part must be no more than 63 bytes"])',
    106,
  ],
])('%s', (expression, text, cost) => {
  expect(answer(expression)).toEqual({ text, cost });
});
