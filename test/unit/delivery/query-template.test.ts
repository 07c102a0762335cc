import { expect, test } from 'vitest';
import { renderQuery, type QueryVariables } from '../../../src/delivery/query-template.ts';

const VALUES: QueryVariables = {
  name: 'podinfo',
  namespace: 'shop',
  target: 'podinfo',
  service: 'web',
  ingress: 'podinfo',
  route: 'podinfo',
  interval: '1m',
  variables: { colour: 'red', path_2: '/a' },
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
  ['a comment', 'a{{/* note */}}b', 'ab'],
])('renders %s', (_name, template, expected) => {
  expect(renderQuery(template, VALUES)).toBe(expected);
});

test.each([
  ['{{ printf "%s" name }}'],
  ['{{ if name }}x{{ end }}'],
  ['{{ name | upper }}'],
  ['{{ $x := name }}'],
  ['{{ nmae }}'],
  ['{{ variables }}'],
  ['up{{ name '],
])('refuses the action %s and lists what is known', (template) => {
  expect(() => renderQuery(template, VALUES)).toThrow(
    /unsupported template action.*known: name, namespace, target, service, ingress, route, interval, variables\.KEY/,
  );
});

test.each(['missing', '__proto__', 'constructor'])('an absent variable %s is an error', (name) => {
  expect(() => renderQuery(`{{ variables.${name} }}`, VALUES)).toThrow(
    `template variable ${name} is not in templateVariables`,
  );
});
