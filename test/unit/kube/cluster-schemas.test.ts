import { afterEach, describe, expect, it } from 'vitest';
import { BUNDLED_SCHEMAS } from '../../../src/domain/kind-schemas/bundled-schemas.ts';
import { silentLogger, type Logger } from '../../../src/domain/logger.ts';
import { VirtualClock } from '../../../src/domain/virtual-clock.ts';
import { createClusterSchemas } from '../../../src/kube/cluster-schemas.ts';
import { scriptedTransport, type ScriptedAnswer } from './scripted-transport.ts';

const WIDGET = { group: 'example.com', version: 'v1', kind: 'Widget' };
const WIDGETS = { group: 'example.com', version: 'v1', resource: 'widgets' };

/** The document of example.com/v1, whose Widget has one field. */
function documentOf(field: string): object {
  const named = { 'x-kubernetes-group-version-kind': WIDGET };
  const kind = (name: string) => [{ ...WIDGET, kind: name }];
  return {
    paths: {
      '/apis/example.com/v1/namespaces/{namespace}/widgets': { get: named },
      '/apis/example.com/v1/namespaces/{namespace}/gadgets': {
        get: { 'x-kubernetes-group-version-kind': { ...WIDGET, kind: 'Gadget' } },
      },
    },
    components: {
      schemas: {
        'com.example.v1.Widget': {
          type: 'object',
          properties: {
            spec: { allOf: [{ $ref: '#/components/schemas/com.example.v1.Spec' }] },
          },
          'x-kubernetes-group-version-kind': kind('Widget'),
        },
        'com.example.v1.Gadget': {
          type: 'object',
          'x-kubernetes-group-version-kind': kind('Gadget'),
        },
        'com.example.v1.Spec': {
          type: 'object',
          properties: {
            [field]: { type: 'string', description: 'x' },
            inner: { $ref: '#/components/schemas/com.example.v1.Spec' },
          },
        },
      },
    },
  };
}

let end: AbortController;
afterEach(() => {
  end.abort();
});

/** A cluster whose index gives the hashes of `state`. */
function start(logger: Logger = silentLogger) {
  end = new AbortController();
  const clock = new VirtualClock();
  const state: { hash: string; field: string; fault?: ScriptedAnswer } = {
    hash: 'a',
    field: 'one',
  };
  const { transport, seen } = scriptedTransport(({ path, query }) => {
    if (state.fault !== undefined) return state.fault;
    if (path === '/openapi/v3') {
      const url = `/openapi/v3/apis/example.com/v1?hash=${state.hash}`;
      return {
        body: {
          paths: {
            'apis/example.com/v1': { serverRelativeURL: url },
            'apis/other.com/v1': { serverRelativeURL: '/openapi/v3/apis/other.com/v1?hash=z' },
          },
        },
      };
    }
    expect(query['hash']).toBe(state.hash);
    return { body: documentOf(state.field) };
  });
  const schemas = createClusterSchemas({ transport, clock, logger, fallback: BUNDLED_SCHEMAS });
  let changes = 0;
  schemas.subscribe(() => changes++);
  const done = schemas.run(end.signal);
  const fieldsOf = () =>
    Object.keys(schemas.current().schemaOf(WIDGET)?.schema.properties?.['spec']?.properties ?? {});
  return { clock, state, seen, schemas, done, fieldsOf, changes: () => changes };
}

describe('the schemas of a cluster', () => {
  it('are not read while nobody wants one', async () => {
    const { clock, seen, schemas } = start();
    await clock.advance(60_000);
    expect(seen).toEqual([]);
    expect(schemas.current()).toBe(BUNDLED_SCHEMAS);
  });

  it('are read when they are wanted, references followed', async () => {
    const { clock, seen, schemas, fieldsOf, changes } = start();
    schemas.want([WIDGETS]);
    await clock.advance(0);
    expect(fieldsOf()).toEqual(['one', 'inner']);
    expect(schemas.current().kindsOf(WIDGETS)).toEqual([WIDGET]);
    expect(schemas.current().schemaOf({ ...WIDGET, kind: 'Gadget' })).toBeUndefined();
    expect(schemas.current().schemaOf(WIDGET)?.isBuiltin).toBe(false);
    const spec = schemas.current().schemaOf(WIDGET)?.schema.properties?.['spec'];
    expect(spec?.properties?.['inner']).toBe(spec);
    expect(spec?.properties?.['one']).toEqual({ type: 'string' });
    expect(seen.map(({ path }) => path)).toEqual([
      '/openapi/v3',
      '/openapi/v3/apis/example.com/v1',
    ]);
    expect(changes()).toBe(1);
  });

  it('are read again only when the index says that they changed', async () => {
    const { clock, state, seen, schemas, fieldsOf, changes } = start();
    schemas.want([{ ...WIDGETS, version: '*', resource: '*' }]);
    await clock.advance(0);
    const first = schemas.current();
    await clock.advance(15_000);
    expect(schemas.current()).toBe(first);
    expect(seen).toHaveLength(3);
    state.hash = 'b';
    state.field = 'two';
    await clock.advance(15_000);
    expect(fieldsOf()).toEqual(['two', 'inner']);
    expect(changes()).toBe(2);
    expect(schemas.current().digest).not.toBe(first.digest);
  });

  it('are those that are bundled where the cluster has none', async () => {
    const { clock, schemas } = start();
    schemas.want([WIDGETS]);
    await clock.advance(0);
    const deployment = { group: 'apps', version: 'v1', kind: 'Deployment' };
    expect(schemas.current().schemaOf(deployment)).toBe(BUNDLED_SCHEMAS.schemaOf(deployment));
    expect(
      schemas.current().kindsOf({ group: 'apps', version: 'v1', resource: 'deployments' }),
    ).toEqual([deployment]);
  });

  it.each<[string, ScriptedAnswer]>([
    ['refuses', { status: 403, body: 'no' }],
    ['answers with no JSON', { body: '<html>' }],
  ])('stay when the cluster %s, which is said once', async (_what, fault) => {
    const warnings: string[] = [];
    const { clock, state, schemas, fieldsOf } = start({
      ...silentLogger,
      warn: (_fields, message) => {
        warnings.push(message);
      },
    });
    schemas.want([WIDGETS]);
    await clock.advance(0);
    state.fault = fault;
    await clock.advance(60_000);
    expect(fieldsOf()).toEqual(['one', 'inner']);
    expect(warnings).toEqual(['cannot read the schemas of kinds']);
  });

  it('end with the signal', async () => {
    const { clock, schemas, done } = start();
    schemas.want([WIDGETS]);
    await clock.advance(0);
    end.abort();
    await done;
    expect(clock.pendingTimers).toBe(0);
  });
});
