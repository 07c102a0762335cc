import { expect, test } from 'vitest';
import { metricFamilyOf } from '../../../src/delivery/plugins.ts';
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

test('the builtin queries are those that Flagger sends', () => {
  const queries = metricFamilyOf('pods').queries;
  expect(queries['request-success-rate'].query({ ...VALUES, namespace: 'g-p-gatewayapi' })).toBe(
    'sum( rate( http_request_duration_seconds_count{ kubernetes_namespace="g-p-gatewayapi", kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)", status!~"5.*" }[1m] ) ) / sum( rate( http_request_duration_seconds_count{ kubernetes_namespace="g-p-gatewayapi", kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)" }[1m] ) ) * 100',
  );
  expect(
    queries['request-duration'].query({ ...VALUES, namespace: 'g-p-gatewayapi', interval: '30s' }),
  ).toBe(
    'histogram_quantile( 0.99, sum( rate( http_request_duration_seconds_bucket{ kubernetes_namespace="g-p-gatewayapi", kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)" }[30s] ) ) by (le) )',
  );
});
