import { describe, expect, it } from 'vitest';
import { matchRoute } from '../../../../src/sandbox/gateway/match-route.ts';
import type { HttpRoute, RouteMatch } from '../../../../src/sandbox/gateway/route.ts';

function route(name: string, hostnames: string[], ...rules: RouteMatch[][]): HttpRoute {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace: 'n', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { hostnames, rules: rules.map((matches) => ({ matches })) },
  };
}

const routes = [
  route('all', [], [{}]),
  route(
    'shop',
    ['shop.example.com'],
    [{ path: { type: 'PathPrefix', value: '/' } }],
    [{ path: { type: 'PathPrefix', value: '/api' } }],
  ),
  route('wild', ['*.example.com'], [{}]),
  route(
    'ab',
    ['ab.example.com'],
    [
      { headers: [{ name: 'X-Canary', value: 'insider' }] },
      {
        headers: [
          { name: 'cookie', type: 'RegularExpression', value: '^(.*?;)?(canary=always)(;.*)?$' },
        ],
      },
    ],
    [{}],
    [
      {
        path: { type: 'Exact', value: '/x' },
        method: 'POST',
        queryParams: [{ name: 'q', value: '1' }],
      },
    ],
  ),
];

const found = (host: string, path = '/', headers = {}, method = 'GET') => {
  const matched = matchRoute(routes, { method, path, headers: { host, ...headers } });
  return matched && `${matched.route.metadata.name}#${matched.index}`;
};

describe('matchRoute', () => {
  it.each([
    ['shop.example.com', '/', {}, 'GET', 'shop#0'],
    ['SHOP.example.com:8080', '/', {}, 'GET', 'shop#0'],
    ['shop.example.com', '/api/x', {}, 'GET', 'shop#1'],
    ['shop.example.com', '/apix', {}, 'GET', 'shop#0'],
    ['other.example.com', '/', {}, 'GET', 'wild#0'],
    ['elsewhere.org', '/', {}, 'GET', 'all#0'],
    ['ab.example.com', '/', {}, 'GET', 'ab#1'],
    ['ab.example.com', '/', { 'x-canary': 'insider' }, 'GET', 'ab#0'],
    ['ab.example.com', '/', { 'x-canary': 'no' }, 'GET', 'ab#1'],
    ['ab.example.com', '/', { cookie: 'a=b;canary=always;c=d' }, 'GET', 'ab#0'],
    ['ab.example.com', '/x?q=1', {}, 'POST', 'ab#2'],
    ['ab.example.com', '/x?q=2', {}, 'POST', 'ab#1'],
  ])('%s %s %j %s', (host, path, headers, method, expected) => {
    expect(found(host, path, headers, method)).toBe(expected);
  });

  it('finds nothing for an unknown host', () => {
    const only = routes.slice(1, 2);
    expect(matchRoute(only, { method: 'GET', path: '/', headers: {} })).toBeUndefined();
  });
});
