import { describe, expect, test } from 'vitest';
import { asHeld, holdPatch, holdProblem, isHoldable } from '../../../src/admission/hold.ts';
import type { Review } from '../../../src/admission/review-codec.ts';
import type { Decision, Violation } from '../../../src/domain/decision.ts';
import { deploymentRevision } from '../../../src/domain/governed-deployment.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { applyJsonPatch } from '../../../src/policy/apply-json-patch.ts';

interface Shape {
  readonly image?: string;
  readonly paused?: boolean;
  readonly governed?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly restartedAt?: string;
}

function templateOf({ image = 'app:1', restartedAt }: Shape): Json {
  return {
    metadata: {
      labels: { app: 'app' },
      ...(restartedAt === undefined
        ? {}
        : { annotations: { 'kubectl.kubernetes.io/restartedAt': restartedAt } }),
    },
    spec: { containers: [{ name: 'app', image, ports: [{ containerPort: 80 }] }] },
  };
}

function deployment(shape: Shape = {}): Json {
  const { paused, governed = true, annotations } = shape;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'app',
      namespace: 'shop',
      labels: governed ? { 'sluice.dev/governed': 'true' } : {},
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { template: templateOf(shape), ...(paused === undefined ? {} : { paused }) },
  };
}

function review(object: Json, oldObject: Json, operation: 'CREATE' | 'UPDATE' = 'UPDATE'): Review {
  return {
    uid: 'u',
    object,
    oldObject,
    request: {
      kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      name: 'app',
      namespace: 'shop',
      operation,
      userInfo: { username: 'dev' },
      dryRun: false,
    },
  };
}

const FREE = { holds: false, isTarget: () => false };
const HELD = 'sluice.dev/held';
const GOOD = 'sluice.dev/good-revisions';
const revision = (image: string): string => deploymentRevision(templateOf({ image }));

/** The Deployment as it is stored. */
function stored(object: Json, oldObject: Json, checks = FREE): Json {
  const asked = review(object, oldObject);
  const after = applyJsonPatch(object, holdPatch(asked, checks));
  // It can be applied again, and what is stored is right.
  expect(holdPatch(review(after, oldObject), checks)).toEqual([]);
  expect(holdProblem(review(after, oldObject), checks)).toBeUndefined();
  return after;
}

describe('a change of a governed Deployment', () => {
  test('waits, paused, under its revision', () => {
    const after = stored(deployment({ image: 'app:2' }), deployment());
    expect(after).toEqual(
      deployment({ image: 'app:2', paused: true, annotations: { [HELD]: revision('app:2') } }),
    );
  });

  test('and another one before that has begun waits under the newer revision', () => {
    const old = deployment({
      image: 'app:2',
      paused: true,
      annotations: { [HELD]: revision('app:2') },
    });
    const after = stored(deployment({ image: 'app:3' }), old);
    expect(after).toMatchObject({ metadata: { annotations: { [HELD]: revision('app:3') } } });
  });

  test('back to a revision that ran well waits for nothing, and ends a hold', () => {
    const good = `${revision('app:0')},${revision('app:1')}`;
    const held = { [HELD]: revision('app:2'), [GOOD]: good };
    const old = deployment({ image: 'app:2', paused: true, annotations: held });
    const after = stored(deployment({ paused: true, annotations: held }), old);
    expect(after).toEqual(deployment({ annotations: { [GOOD]: good } }));
  });

  test.each<readonly [what: string, object: Json]>([
    ['unpauses it', deployment({ image: 'app:2', annotations: { [HELD]: revision('app:2') } })],
    ['takes the annotation away', deployment({ image: 'app:2', paused: true })],
    ['applies it again without both', deployment({ image: 'app:2' })],
    ['takes the label away too', deployment({ image: 'app:2', governed: false })],
  ])('stays held when somebody %s', (_what, object) => {
    const annotations = { [HELD]: revision('app:2') };
    const after = stored(object, deployment({ image: 'app:2', paused: true, annotations }));
    expect(after).toMatchObject({ metadata: { annotations }, spec: { paused: true } });
  });

  test('that somebody has paused himself waits when he ends the pause', () => {
    const paused = deployment({ image: 'app:2', paused: true });
    expect(stored(paused, deployment({ paused: true }))).toEqual(paused);
    expect(stored(deployment({ image: 'app:2' }), paused)).toMatchObject({
      metadata: { annotations: { [HELD]: revision('app:2') } },
      spec: { paused: true },
    });
  });

  test('is seen when the label goes with it', () => {
    const after = stored(deployment({ image: 'app:2', governed: false }), deployment());
    expect(after).toMatchObject({ spec: { paused: true } });
  });
});

describe('nothing waits', () => {
  test.each<readonly [what: string, object: Json, oldObject: Json]>([
    ['of a new Deployment', deployment(), null],
    [
      'of one that is not governed',
      deployment({ governed: false, image: 'b' }),
      deployment({ governed: false }),
    ],
    ['of a restart', deployment({ restartedAt: '2026-01-01T00:00:00Z' }), deployment()],
    ['of another annotation', deployment({ annotations: { team: 'a' } }), deployment()],
  ])('%s', (_what, object, oldObject) => {
    const operation = oldObject === null ? 'CREATE' : 'UPDATE';
    expect(holdPatch(review(object, oldObject, operation), FREE)).toEqual([]);
  });

  test('of the target of a Canary', () => {
    const asked = review(deployment({ image: 'app:2' }), deployment());
    expect(holdPatch(asked, { holds: true, isTarget: () => true })).toEqual([]);
  });
});

test('nobody writes the notes himself', () => {
  const forged = { [HELD]: 'x', [GOOD]: revision('app:2') };
  const created = review(deployment({ annotations: forged }), null, 'CREATE');
  expect(applyJsonPatch(created.object, holdPatch(created, FREE))).toEqual(
    deployment({ annotations: {} }),
  );
  const after = stored(deployment({ image: 'app:2', annotations: forged }), deployment());
  expect(after).toMatchObject({ spec: { paused: true } });
  expect(after).not.toHaveProperty(['metadata', 'annotations', GOOD]);
});

test('a policy that holds does so without the label', () => {
  const old = deployment({ governed: false });
  const after = stored(deployment({ governed: false, image: 'app:2' }), old, {
    ...FREE,
    holds: true,
  });
  expect(after).toMatchObject({ spec: { paused: true } });
});

test('a hold that another webhook has undone is refused', () => {
  const asked = review(deployment({ image: 'app:2' }), deployment());
  expect(holdProblem(asked, FREE)).toContain('another webhook has undone its hold');
});

test('what is held is a plain Deployment', () => {
  const asked = review(deployment({ image: 'app:2' }), deployment());
  expect(isHoldable(asked)).toBe(true);
  const scale = { ...asked, request: { ...asked.request, subResource: 'scale' } };
  expect(isHoldable(scale)).toBe(false);
});

describe('violations', () => {
  const violation = (action: Violation['action'], policy: string): Violation => ({
    policy,
    generation: 1,
    digest: '',
    binding: 'b',
    validation: '0',
    action,
    message: 'not now',
    reason: 'Forbidden',
  });
  const decision = (...violations: Violation[]): Decision => ({
    verdict: 'deny',
    violations,
    warnings: [],
    patch: [],
    auditAnnotations: {},
    cost: 0,
    snapshotDigest: '',
    factsDigest: '',
  });
  const opens = (policy: string): boolean => policy === 'asked-again';

  test('that only hold let the change in with a warning', () => {
    const held = asHeld(decision(violation('Hold', 'asked-again')), opens);
    expect(held).toMatchObject({ verdict: 'warn', violations: [{ action: 'Warn' }] });
    expect(held.warnings).toEqual(['held until the gate RolloutStart opens: asked-again: not now']);
  });

  test.each([
    ['one denies', decision(violation('Hold', 'asked-again'), violation('Deny', 'x'))],
    ['the gate would never ask again', decision(violation('Hold', 'admission-only'))],
    ['there is none', decision()],
  ])('stay what they are when %s', (_what, found) => {
    expect(asHeld(found, opens)).toBe(found);
  });
});
