import { describe, expect, it } from 'vitest';
import type { HttpRoute, RouteRule } from '../../../../src/sandbox/gateway/route.ts';
import { routeParents } from '../../../../src/sandbox/gateway/route-status.ts';
import { filterHeaders } from '../../../../src/sandbox/gateway/header-filter.ts';

const gateway = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'gateway', namespace: 'infra' },
};

function route(rule: RouteRule, parentNamespace = 'infra'): HttpRoute {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'r', namespace: 'n', generation: 4 },
    spec: { parentRefs: [{ name: 'gateway', namespace: parentNamespace }], rules: [rule] },
  };
}

const around = { gateways: [gateway], services: new Set(['n/a']), nowMs: Date.UTC(2026, 0, 1) };
const conditions = (subject: HttpRoute) =>
  routeParents(subject, around)[0]?.conditions.map(({ type, status, reason }) => [
    type,
    status,
    reason,
  ]);

describe('routeParents', () => {
  it('accepts a route of an own gateway, for its generation', () => {
    const parents = routeParents(route({ backendRefs: [{ name: 'a' }] }), around);
    expect(parents).toHaveLength(1);
    expect(parents[0]).toMatchObject({
      parentRef: { name: 'gateway', namespace: 'infra' },
      conditions: [
        { type: 'Accepted', status: 'True', observedGeneration: 4 },
        { type: 'ResolvedRefs', status: 'True', observedGeneration: 4 },
      ],
    });
  });
  it('leaves other gateways to their controllers', () => {
    expect(routeParents(route({}, 'elsewhere'), around)).toEqual([]);
  });
  it('refuses a filter it does not have', () => {
    expect(conditions(route({ filters: [{ type: 'URLRewrite' }] }))).toContainEqual([
      'Accepted',
      'False',
      'UnsupportedValue',
    ]);
  });
  it('says when a Service is missing', () => {
    expect(conditions(route({ backendRefs: [{ name: 'b' }] }))).toContainEqual([
      'ResolvedRefs',
      'False',
      'BackendNotFound',
    ]);
  });
});

describe('filterHeaders', () => {
  it('removes, sets and adds', () => {
    const filters = [
      {
        type: 'RequestHeaderModifier',
        requestHeaderModifier: {
          remove: ['X-Gone'],
          set: [{ name: 'X-Set', value: '1' }],
          add: [{ name: 'x-more', value: 'b' }],
        },
      },
    ];
    const headers = { 'x-gone': 'a', 'x-more': 'a' };
    expect(filterHeaders(headers, filters, 'request')).toEqual({ 'x-more': 'a, b', 'x-set': '1' });
    expect(filterHeaders(headers, filters, 'response')).toEqual(headers);
  });
});
