import { describe, expect, test } from 'vitest';
import { adoptionWrites, copyWrites, releaseWrites } from '../../../src/delivery/config-copies.ts';
import {
  configDigest,
  isTracked,
  markOf,
  type ConfigMark,
  type ConfigObject,
} from '../../../src/delivery/config-digest.ts';
import { configReferences, withConfigCopies } from '../../../src/delivery/config-references.ts';
import { copyRepairs, targetConfigs } from '../../../src/delivery/config-tracker.ts';
import type { PodTemplate } from '../../../src/delivery/workload/types.ts';
import { revisionOf } from '../../../src/delivery/revision.ts';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { OwnerReference } from '../../../src/domain/object.ts';
import { canaryOf } from '../../support/plan-fixture.ts';

function configMap(more: Partial<ConfigObject> = {}): ConfigObject {
  const metadata = { name: 'settings', namespace: 'shop' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' }, ...more };
}

function secret(type: string | undefined, data = { a: 'eA==' }): ConfigObject {
  const metadata = { name: 'password', namespace: 'shop' };
  const typed = type === undefined ? {} : { type };
  return { apiVersion: 'v1', kind: 'Secret', metadata, data, ...typed };
}

describe('the digest', () => {
  // Values that Flagger 1.44 wrote into the status of Canaries.
  test.each([
    ['9b2d43affbf49a36', configMap({ data: { message: 'hello' } })],
    ['51945c8dc1c04ec2', configMap({ data: { message: 'changed' } })],
    ['ef2f1c90e9e81642', secret('Opaque', { a: '' })],
  ])('%s is that of Flagger', (digest, config) => {
    const given =
      config.kind === 'Secret' ? { ...config, data: { value: 'aHVudGVyMg==' } } : config;
    expect(configDigest(given)).toBe(digest);
  });

  test('does not depend on the order of keys, and what is absent is what is empty', () => {
    const one = configMap({ data: { a: '1', b: '2' } });
    expect(configDigest(configMap({ data: { b: '2', a: '1' } }))).toBe(configDigest(one));
    const none = configMap();
    delete (none as { data?: unknown }).data;
    expect(configDigest(configMap({ data: {} }))).toBe(configDigest(none));
    // The first 8 bytes of the SHA-256 of `null`.
    expect(configDigest(none)).toBe('74234e98afe7498f');
  });

  test('escapes as Go does', () => {
    // As encoding/json of Go 1.26 has it, and the SHA-256 of that.
    const text = configMap({ data: { a: '<a href="x">&\u2028\u2029\u0007\n' } });
    expect(configDigest(text)).toBe('0d424f2205b10881');
  });

  test('counts binary data, which changes nothing where there is none', () => {
    const binary = configMap({ binaryData: { b: 'eA==' } });
    expect(configDigest(binary)).not.toBe(configDigest(configMap()));
    expect(configDigest(configMap({ binaryData: {} }))).toBe(configDigest(configMap()));
    expect(configDigest(configMap({ immutable: true }))).toBe(configDigest(configMap()));
  });

  test('is all that is kept of a config', () => {
    const metadata = { ...secret('Opaque').metadata, uid: 'u', annotations: { secret: 'x' } };
    const mark = markOf({ ...secret('Opaque', { a: 'c2VjcmV0' }), metadata });
    expect(JSON.stringify(mark)).not.toMatch(/c2VjcmV0|secret":"x/);
    expect(mark.metadata).toEqual({ name: 'password', namespace: 'shop', uid: 'u' });
  });
});

describe('what is tracked', () => {
  test.each([
    [true, secret('Opaque')],
    [true, secret(undefined)],
    [true, secret('kubernetes.io/basic-auth')],
    [true, secret('kubernetes.io/ssh-auth')],
    [true, secret('kubernetes.io/tls')],
    [false, secret('kubernetes.io/dockerconfigjson')],
    [false, secret('kubernetes.io/service-account-token')],
    [false, secret('helm.sh/release.v1')],
    [true, configMap()],
  ])('%s: %o', (expected, config) => {
    expect(isTracked(config)).toBe(expected);
  });

  test.each([
    ['disable', false],
    ['disabled', false],
    ['enabled', true],
    ['', true],
  ])('with the annotation %s: %s', (value, expected) => {
    const annotations = { 'flagger.app/config-tracking': value };
    const metadata = { name: 'settings', namespace: 'shop', annotations };
    expect(isTracked(configMap({ metadata }))).toBe(expected);
  });
});

/** A template that names configs in every place, and others in places that give pods no content. */
const TEMPLATE = {
  spec: {
    imagePullSecrets: [{ name: 'pull' }],
    serviceAccountName: 'account',
    volumes: [
      { name: 'v1', configMap: { name: 'cm-volume' } },
      { name: 'v2', secret: { secretName: 's-volume', optional: true } },
      {
        name: 'v3',
        projected: {
          sources: [
            { configMap: { name: 'cm-projected' } },
            { secret: { name: 's-projected' } },
            { serviceAccountToken: { path: 'token' } },
          ],
        },
      },
      { name: 'v4', csi: { nodePublishSecretRef: { name: 'csi' } } },
      { name: 'v5', emptyDir: {} },
    ],
    containers: [
      {
        name: 'app',
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'cm-env', key: 'a' } } },
          { name: 'B', valueFrom: { secretKeyRef: { name: 's-env', key: 'b' } } },
          { name: 'C', value: 'c' },
          { name: 'D', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
        envFrom: [{ configMapRef: { name: 'cm-from' } }, { secretRef: { name: 's-from' } }],
      },
    ],
    initContainers: [
      {
        name: 'init',
        envFrom: [{ configMapRef: { name: 'cm-init', optional: true } }],
        env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 's-volume', key: 'x' } } }],
      },
    ],
  },
};

describe('references of a template', () => {
  test('are found in every place, each once, and are optional only where all are', () => {
    expect(configReferences(TEMPLATE)).toEqual([
      { kind: 'ConfigMap', name: 'cm-env', optional: false },
      { kind: 'ConfigMap', name: 'cm-from', optional: false },
      { kind: 'ConfigMap', name: 'cm-init', optional: true },
      { kind: 'ConfigMap', name: 'cm-projected', optional: false },
      { kind: 'ConfigMap', name: 'cm-volume', optional: false },
      { kind: 'Secret', name: 's-env', optional: false },
      { kind: 'Secret', name: 's-from', optional: false },
      { kind: 'Secret', name: 's-projected', optional: false },
      { kind: 'Secret', name: 's-volume', optional: false },
    ]);
  });

  test('are those of the copies in a primary, where there are copies', () => {
    const before = structuredClone(TEMPLATE);
    const keys = new Set(['configmap/cm-volume', 'secret/s-volume', 'secret/s-projected']);
    const primary = withConfigCopies(TEMPLATE, keys);
    expect(TEMPLATE).toEqual(before);
    const named = configReferences(primary).map(({ kind, name }) => `${kind} ${name}`);
    expect(named).toEqual([
      'ConfigMap cm-env',
      'ConfigMap cm-from',
      'ConfigMap cm-init',
      'ConfigMap cm-projected',
      'ConfigMap cm-volume-primary',
      'Secret s-env',
      'Secret s-from',
      'Secret s-projected-primary',
      'Secret s-volume-primary',
    ]);
  });

  const odd: PodTemplate[] = [{}, { spec: {} }, { spec: { volumes: null, initContainers: 'x' } }];
  test.each(odd.map((template) => [template] as const))(
    'of what is no template are none: %o',
    (template) => {
      expect(configReferences(template)).toEqual([]);
    },
  );
});

test('the revision is the digest of the template alone where nothing is tracked', () => {
  expect(revisionOf(TEMPLATE, {})).toBe(revisionOf(TEMPLATE));
  expect(revisionOf(TEMPLATE, { 'configmap/a': '1' })).not.toBe(revisionOf(TEMPLATE));
  expect(revisionOf(TEMPLATE, { 'configmap/a': '1', 'secret/b': '2' })).toBe(
    revisionOf(TEMPLATE, { 'secret/b': '2', 'configmap/a': '1' }),
  );
});

describe('configs of a target', () => {
  const template = {
    spec: { containers: [{ name: 'a', envFrom: [{ configMapRef: { name: 'x' } }] }] },
  };
  const mark = (digest: string): ConfigMark => ({ ...markOf(configMap()), digest });

  test('come from the copies while they say nothing new, and are read where they do', async () => {
    let reads = 0;
    const live = (): Promise<ConfigMark | undefined> => {
      reads += 1;
      return Promise.resolve(mark('live'));
    };
    const sources = { cached: () => mark('cached'), live };
    const known = await targetConfigs(template, { sources, last: {}, isKnown: () => true });
    expect(known.tracked).toEqual({ 'configmap/x': 'cached' });
    expect(reads).toBe(0);
    const news = await targetConfigs(template, { sources, last: {}, isKnown: () => false });
    expect(news.tracked).toEqual({ 'configmap/x': 'live' });
    expect(reads).toBe(1);
  });

  test('that are missing keep the digest that was recorded', async () => {
    const sources = { live: () => Promise.resolve(undefined) };
    const last = { 'configmap/x': 'before', 'configmap/y': 'other' };
    const { tracked, problem } = await targetConfigs(template, {
      sources,
      last,
      isKnown: () => true,
    });
    expect(tracked).toEqual({ 'configmap/x': 'before' });
    expect(problem?.reason).toBe('ConfigMissing');
  });

  test('that must not be read are a problem, and an API server that is away is none', async () => {
    const failing = (reason: 'Forbidden' | 'Unreachable') => ({
      live: () => Promise.reject(new ClusterError(reason, 'no')),
    });
    const options = { last: {}, isKnown: () => true };
    const { problem } = await targetConfigs(template, {
      sources: failing('Forbidden'),
      ...options,
    });
    expect(problem).toMatchObject({ reason: 'AccessDenied' });
    expect(problem?.message).toContain('ConfigMap x');
    await expect(
      targetConfigs(template, { sources: failing('Unreachable'), ...options }),
    ).rejects.toThrow('no');
  });
});

const CANARY = canaryOf();
const CONTEXT = { canary: CANARY, includeLabelPrefix: ['app.'] };
const OTHER: OwnerReference = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  name: 'other',
  uid: 'other-uid',
  controller: true,
  blockOwnerDeletion: true,
};
const OWN: OwnerReference = { ...OTHER, name: 'app', uid: 'canary-uid' };

function copy(more: Partial<ConfigObject> = {}, owners = [OWN]): ConfigObject {
  const metadata = {
    name: 'settings-primary',
    namespace: 'shop',
    uid: 'copy-uid',
    resourceVersion: '7',
    ownerReferences: owners,
  };
  return configMap({ metadata, ...more });
}

describe('a copy', () => {
  test('is created with what is in the original, labels by prefix, and the Canary as controller', () => {
    const labels = { 'app.kubernetes.io/name': 'x', team: 'a', 'app.toolkit.fluxcd.io/y': 'z' };
    const original = configMap({
      metadata: { name: 'settings', namespace: 'shop', labels, annotations: { note: 'n' } },
      binaryData: { b: 'eA==' },
      immutable: true,
    });
    expect(copyWrites(original, undefined, CONTEXT)).toMatchObject([
      {
        op: 'create',
        object: {
          metadata: {
            name: 'settings-primary',
            labels: { 'app.kubernetes.io/name': 'x' },
            ownerReferences: [OWN],
          },
          data: { a: '1' },
          binaryData: { b: 'eA==' },
          immutable: true,
        },
      },
    ]);
  });

  test('that is right is left', () => {
    expect(copyWrites(configMap(), copy(), CONTEXT)).toEqual([]);
  });

  test('that differs is replaced whole, with its version', () => {
    const writes = copyWrites(configMap({ data: { a: '2' } }), copy(), CONTEXT);
    expect(writes).toMatchObject([
      { op: 'replace', object: { data: { a: '2' }, metadata: { resourceVersion: '7' } } },
    ]);
  });

  test('loses binary data that the original does not have any more', () => {
    const [write] = copyWrites(configMap(), copy({ binaryData: { b: 'eA==' } }), CONTEXT);
    expect(write).toMatchObject({ op: 'replace' });
    expect(JSON.stringify(write)).not.toContain('binaryData');
  });

  test.each([
    ['another content', configMap({ data: { a: '2' }, immutable: true })],
    ['to be changed later', configMap()],
  ])('that is immutable and gets %s is made again', (_name, original) => {
    const writes = copyWrites(original, copy({ immutable: true }), CONTEXT);
    expect(writes.map(({ op }) => op)).toEqual(['delete', 'create']);
    expect(writes[0]).toMatchObject({ uid: 'copy-uid' });
  });

  test('that becomes immutable is replaced', () => {
    const writes = copyWrites(configMap({ immutable: true }), copy(), CONTEXT);
    expect(writes.map(({ op }) => op)).toEqual(['replace']);
  });

  test('of a Secret whose type changes is made again', () => {
    const live = { ...secret('Opaque'), metadata: copy().metadata };
    const writes = copyWrites(secret('kubernetes.io/tls'), live, CONTEXT);
    expect(writes.map(({ op }) => op)).toEqual(['delete', 'create']);
  });

  test('that another Canary has gets this one as controller beside it', () => {
    const [write] = copyWrites(configMap(), copy({}, [OTHER]), CONTEXT);
    expect(write).toMatchObject({
      op: 'replace',
      object: { metadata: { ownerReferences: [OWN, { ...OTHER, controller: false }] } },
    });
  });

  test('of an earlier Canary of the name is given to this one as it is', () => {
    const left = copy({ data: { a: 'old' } }, [{ ...OWN, uid: 'earlier' }]);
    expect(adoptionWrites(left, CONTEXT)).toMatchObject([
      { op: 'replace', object: { data: { a: 'old' }, metadata: { ownerReferences: [OWN] } } },
    ]);
    expect(adoptionWrites(copy(), CONTEXT)).toEqual([]);
  });

  test('is deleted with its last owner, and never when it is not ours', () => {
    expect(releaseWrites(copy(), CANARY)).toMatchObject([{ op: 'delete', uid: 'copy-uid' }]);
    expect(releaseWrites(copy({}, [OTHER]), CANARY)).toEqual([]);
    expect(releaseWrites(copy({}, [OWN, OTHER]), CANARY)).toMatchObject([
      { op: 'replace', object: { metadata: { ownerReferences: [OTHER] } } },
    ]);
  });
});

describe('repairs of copies', () => {
  const original = { kind: 'ConfigMap', name: 'settings' } as const;
  const key = 'configmap/settings';
  const marked = (found: ConfigObject | undefined) =>
    new Map([[key, { original, mark: found && markOf(found) }]]);
  const promoted = { [key]: configDigest(configMap()) };

  test.each([
    ['right', copy(), promoted, []],
    ['changed', copy({ data: { a: '2' } }), promoted, ['original']],
    ['missing', undefined, promoted, ['original']],
    ['without an owner', copy({}, []), promoted, ['original']],
    [
      'changed, and shared with another Canary',
      copy({ data: { a: '2' } }, [OWN, OTHER]),
      promoted,
      [],
    ],
    ['of an earlier Canary', copy({}, [{ ...OWN, uid: 'earlier' }]), undefined, ['owner']],
    ['changed while the target is another version', copy({ data: { a: '2' } }), undefined, []],
  ] as const)('%s', (_name, found, digests, expected) => {
    expect(copyRepairs(marked(found), digests, CANARY).map(({ from }) => from)).toEqual(expected);
  });
});
