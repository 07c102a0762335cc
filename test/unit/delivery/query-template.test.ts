import { expect, test } from 'vitest';
import { escapeInLiterals } from '../../../src/delivery/query-literal.ts';
import { renderQuery, type QueryVariables } from '../../../src/delivery/query-template.ts';
import { SluiceError } from '../../../src/domain/errors.ts';

const VALUES: QueryVariables = {
  name: 'podinfo',
  namespace: 'shop',
  target: 'podinfo',
  service: 'web',
  ingress: 'podinfo',
  route: 'podinfo',
  interval: '1m',
  variables: { colour: 'red', path_2: '/a', quoted: 'a"} or up{b="', regex: '5\\d{2}', end: 'x\\' },
};

test.each([
  ['plain text', 'up', 'up'],
  [
    'every function',
    '{{ name }} {{namespace}} {{ target }} {{ service }} {{ ingress }} {{ route }} {{ interval }}',
    'podinfo shop podinfo web podinfo podinfo 1m',
  ],
  ['variables', '{{ variables.colour }}{{variables.path_2}}', 'red/a'],
  ['trimmed white space', 'a {{- name -}} b', 'apodinfob'],
  ['trimming at the end', 'a\n{{ name -}}\n  b {{- /* note */ -}}  ', 'a\npodinfob'],
  ['braces of PromQL', 'sum(up{a="b"}) by (le)', 'sum(up{a="b"}) by (le)'],
  [
    'a variable of its own',
    '{{- $who := printf "%s-primary.%s" target namespace }}up{who="{{ $who }}"}',
    'up{who="podinfo-primary.shop"}',
  ],
  [
    'a condition and a loop',
    '{{ if eq variables.colour "red" }}{{ range 2 }}{{ . }}{{ end }}{{ end }}',
    '01',
  ],
])('renders %s', (_name, template, expected) => {
  expect(renderQuery(template, VALUES)).toBe(expected);
});

test.each([
  ['{{ name | upper }}', 'line 1, column 11: function upper is not defined (known: name, '],
  ['up{a="b"} +\n{{ nmae }}', 'line 2, column 4: function nmae is not defined'],
  ['up{{ name ', 'line 1, column 3: unclosed action'],
  ['{{ variables.missing }}', 'line 1, column 4: map has no entry for key missing'],
  ['{{ variables.__proto__ }}', 'map has no entry for key __proto__'],
  ['{{ variables.constructor }}', 'map has no entry for key constructor'],
  ['{{ .Name }}', 'nil has no entry for key Name'],
])('refuses %s and says where', (template, message) => {
  expect(() => renderQuery(template, VALUES)).toThrow(message);
  expect(() => renderQuery(template, VALUES)).toThrow(SluiceError);
});

const promql = escapeInLiterals({ quotes: '"\'', raw: '`' });

test.each([
  ['up{a="{{ variables.quoted }}"}', 'up{a="a\\"} or up{b=\\""}'],
  ["up{a='{{ variables.quoted }}'}", 'up{a=\'a"} or up{b="\'}'],
  ['up{a=~"{{ variables.regex }}"}', 'up{a=~"5\\d{2}"}'],
  ['up{a="{{ variables.end }}"}', 'up{a="x\\\\"}'],
  ['up{a="\\"{{ variables.quoted }}"}', 'up{a="\\"a\\"} or up{b=\\""}'],
  ['up{a="x"} {{ variables.quoted }}', 'up{a="x"} a"} or up{b="'],
  ['up{a="{{ printf "<%s>" variables.quoted }}"}', 'up{a="<a\\"} or up{b=\\">"}'],
  ['up{a=`{{ variables.quoted }}`}', 'up{a=`a"} or up{b="`}'],
])('%s keeps its literals whole', (template, expected) => {
  expect(renderQuery(template, VALUES, promql)).toBe(expected);
});

test('a value cannot end a literal in which nothing escapes', () => {
  const variables = { colour: 'a`b' };
  expect(() =>
    renderQuery('{{ variables.colour }}', { ...VALUES, variables }, promql),
  ).not.toThrow();
  expect(() => renderQuery('`{{ variables.colour }}`', { ...VALUES, variables }, promql)).toThrow(
    'a variable holds the mark that ends the literal',
  );
});
