import { describe, expect, it } from 'vitest';
import type { Facts, Verdict } from '../../../src/domain/decision.ts';
import type { RolloutPolicySpec, ValidationAction } from '../../../src/domain/policy.ts';
import { parseLosslessJson } from '../../../src/lib/lossless-json.ts';
import { decide } from '../../../src/policy/decide.ts';
import {
  binding,
  canary,
  decideBy,
  facts,
  gateFacts,
  loweredStep,
  policy,
  request,
  snapshotOf,
} from './support.ts';

const FALSE = { validations: [{ name: 'no', expression: 'false', message: 'never' }] };
const BROKEN = { validations: [{ expression: 'object.spec.nope > 1' }] };

describe('the verdict of one failed validation', () => {
  const cases: [ValidationAction[], Verdict, Verdict, ValidationAction][] = [
    [['Deny'], 'deny', 'hold', 'Deny'],
    [['Hold'], 'deny', 'hold', 'Hold'],
    [['Warn'], 'warn', 'warn', 'Warn'],
    [['Audit'], 'allow', 'allow', 'Audit'],
    [['Audit', 'Deny'], 'deny', 'hold', 'Deny'],
    [['Warn', 'Audit'], 'warn', 'warn', 'Warn'],
    [[], 'deny', 'hold', 'Deny'],
  ];
  it.each(cases)(
    '%j: at admission %s, at a gate %s',
    (validationActions, admission, gate, action) => {
      const bindings = [binding({ validationActions })];
      const decision = decideBy(FALSE, facts(), bindings);
      expect(decision.verdict).toBe(admission);
      expect(decision.violations).toMatchObject([
        { policy: 'p', binding: 'b', validation: 'no', generation: 3, message: 'never', action },
      ]);
      expect(decideBy(FALSE, gateFacts('Promotion'), bindings).verdict).toBe(gate);
    },
  );

  it('is Deny when the binding names no action', () => {
    const spec = { policyName: 'p' };
    expect(decideBy(FALSE, facts(), [{ ...binding(), spec }]).verdict).toBe('deny');
  });
});

describe('errors follow failurePolicy', () => {
  const broken: [string, Partial<RolloutPolicySpec>][] = [
    ['an evaluation error', BROKEN],
    ['an expression that does not compile', { validations: [{ expression: '1 + "a" == 2' }] }],
    [
      'a match condition',
      { ...FALSE, matchConditions: [{ name: 'm', expression: 'object.nope == 1' }] },
    ],
    [
      'a variable',
      {
        variables: [{ name: 'v', expression: 'object.nope' }],
        validations: [{ expression: 'variables.v == 1' }],
      },
    ],
    [
      'an audit annotation',
      { auditAnnotations: [{ key: 'k', valueExpression: '"" + object.nope' }] },
    ],
    [
      'the cost of one expression',
      {
        validations: [
          { expression: 'lists.range(100000).all(a, lists.range(100).all(b, a + b >= 0))' },
        ],
      },
    ],
    [
      'an unreadable selector',
      {
        ...FALSE,
        matchConstraints: { objectSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      },
    ],
    ['missing parameters', { ...FALSE, paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } }],
  ];
  const bindings = (name: string) =>
    name === 'missing parameters' ? [binding({ paramRef: { name: 'limits' } })] : [binding()];

  it.each(broken)('Fail: %s', (name, spec) => {
    const decision = decideBy({ ...spec, failurePolicy: 'Fail' }, facts(), bindings(name));
    expect(decision.verdict).toBe('error');
    expect(decision.violations).toMatchObject([{ error: true, action: 'Deny', reason: 'Invalid' }]);
    expect(decideBy(spec, gateFacts('RolloutStart'), bindings(name)).verdict).toBe('hold');
  });

  it.each(broken)('Ignore: %s', (name, spec) => {
    const decision = decideBy({ ...spec, failurePolicy: 'Ignore' }, facts(), bindings(name));
    expect(decision).toMatchObject({ verdict: 'allow', violations: [] });
  });

  it('and the action of the binding', () => {
    expect(decideBy(BROKEN, facts(), [binding({ validationActions: ['Warn'] })]).verdict).toBe(
      'warn',
    );
  });

  it.each(broken)('under Warn, as Kubernetes has it: %s', (name, spec) => {
    const alwaysDenies = ['an audit annotation', 'an unreadable selector', 'missing parameters'];
    const warning = bindings(name).map((each) => ({
      ...each,
      spec: { ...each.spec, validationActions: ['Warn' as const] },
    }));
    const { verdict } = decideBy(spec, facts(), warning);
    expect(verdict).toBe(alwaysDenies.includes(name) ? 'error' : 'warn');
  });

  it('are not the verdict when a false expression denies too', () => {
    const spec = { validations: [...BROKEN.validations, ...FALSE.validations] };
    expect(decideBy(spec)).toMatchObject({
      verdict: 'deny',
      violations: [{ error: true }, { validation: 'no' }],
    });
  });

  it('a deadline is such an error', () => {
    const spec = { validations: [{ expression: 'lists.range(90000).all(x, x >= 0)' }] };
    const decision = decide(snapshotOf([policy(spec)]), facts(), () => true);
    expect(decision.verdict).toBe('error');
    expect(decision.violations[0]?.error).toBe(true);
  });

  it('the budget of the whole request ends the policies that come after it', () => {
    const heavy = {
      validations: Array.from({ length: 12 }, () => ({
        expression: 'lists.range(150000).all(x, x >= 0)',
      })),
    };
    const policies = ['a', 'b', 'c', 'd'].map((name) => policy(heavy, name));
    const bindings = policies.map(({ metadata: { name } }) => binding({ policyName: name }, name));
    const decision = decide(snapshotOf(policies, bindings), facts());
    expect(decision.violations.at(-1)?.message).toContain('cost budget');
    expect(decision.verdict).toBe('error');
  });
});

describe('toward safety', () => {
  const cases: [string, Facts][] = [
    ['a lower step at admission', facts(loweredStep())],
    [
      'a lower weight at a gate',
      gateFacts('TrafficIncrease', {
        rollout: {
          ...(gateFacts('TrafficIncrease').rollout ?? raise()),
          fromWeight: 50,
          toWeight: 10,
        },
      }),
    ],
    [
      'a lower step on a stale cache',
      facts({ ...loweredStep(), freshness: { Namespace: 'unknown' } }),
    ],
  ];
  it.each(cases)('%s is neither denied nor held', (_name, given) => {
    for (const spec of [FALSE, BROKEN]) {
      const decision = decideBy(spec, given);
      expect(decision.verdict).toBe('allow');
      expect(decision.violations.every(({ action }) => action === 'Audit')).toBe(true);
      expect(decision.warnings[0]).toContain('let through');
    }
  });

  it('does not cover what rides along', () => {
    const { object, ...rest } = loweredStep();
    const more = {
      ...(object as typeof canary),
      metadata: { ...canary.metadata, labels: { app: 'x' } },
    };
    expect(decideBy(FALSE, facts({ ...rest, object: more })).verdict).toBe('deny');
  });

  it('is not lost to a mutation', () => {
    const mutations = [
      {
        patchType: 'JSONPatch' as const,
        jsonPatch: {
          expression: '[JSONPatch{op: "add", path: "/spec/analysis/stepWeight", value: 90}]',
        },
      },
    ];
    const decision = decideBy({ mutations }, facts(loweredStep()));
    expect(decision).toMatchObject({ verdict: 'allow', patch: [] });
  });
});

function raise(): never {
  throw new Error('no rollout');
}

describe('what expressions see', () => {
  const cases: [string, string, Partial<Facts>?][] = [
    ['now', 'now == timestamp("2026-03-02T10:00:00Z")'],
    ['no rollout outside gates', 'rollout == null'],
    ['the namespace', 'namespaceObject.metadata.labels.env == "production"'],
    ['the user', 'request.userInfo.username == "ada" && "dev" in request.userInfo.groups'],
    [
      'no namespace of a cluster-scoped request',
      '!has(request.namespace)',
      { request: { ...request, namespace: '' } },
    ],
    ['params as null', 'params == null'],
    [
      'an answer of the authorizer',
      'authorizer.group("apps").resource("deployments").check("get").allowed()',
      {
        authorizer: {
          '{"group":"apps","resource":"deployments","verb":"get"}': { decision: 'allow' },
        },
      },
    ],
  ];
  it.each(cases)('%s', (_name, expression, changes = {}) => {
    expect(decideBy({ validations: [{ expression }] }, facts(changes)).violations).toEqual([]);
  });

  it('rollout at a gate, measured values as doubles', () => {
    const given = gateFacts('TrafficIncrease');
    const metrics = [{ name: 'm', value: 99, min: 98, verdict: 'pass' }];
    const rollout = { ...(given.rollout ?? raise()), metrics };
    const expression =
      'rollout.gate == "TrafficIncrease" && rollout.toWeight == 20 && rollout.metrics[0].value / 2.0 == 49.5';
    expect(decideBy({ validations: [{ expression }] }, { ...given, rollout }).violations).toEqual(
      [],
    );
  });

  it('parameters in place', () => {
    const validations = [{ expression: 'params.max == 20' }];
    expect(decideBy({ validations }, facts(), [binding({ params: { max: 20 } })]).verdict).toBe(
      'allow',
    );
  });

  it('each parameter object that a binding selects', () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'Limits' },
      validations: [
        { expression: 'params.max < 20', messageExpression: '"max " + string(params.max)' },
      ],
    };
    const bindings = [binding({ paramRef: { selector: {} } })];
    const decision = decideBy(
      spec,
      facts({ params: { b: [{ max: 10 }, { max: 20 }, { max: 30 }] } }),
      bindings,
    );
    expect(decision.violations.map(({ message }) => message)).toEqual(['max 20', 'max 30']);
    const none = binding({ paramRef: { name: 'x', parameterNotFoundAction: 'Allow' } });
    expect(decideBy(spec, facts(), [none]).verdict).toBe('allow');
  });
});

describe('keys that JavaScript gives a meaning', () => {
  const object = parseLosslessJson(
    '{"apiVersion":"flagger.app/v1beta1","kind":"Canary","metadata":{"name":"x","namespace":"shop","labels":{"constructor":"a","__proto__":"b"},"annotations":{"constructor":"c"}},"spec":{"constructor":{"name":"Object"},"__proto__":{"skipAnalysis":false},"skipAnalysis":true,"toString":"t"}}',
  );
  const cases = [
    'object.?spec.?skipAnalysis.orValue(false) == true',
    'object.spec.constructor.name == "Object"',
    'object.metadata.labels["constructor"] == "a"',
    'object.metadata.annotations.?constructor.hasValue()',
    '!has(object.metadata.annotations.toString)',
    '!has(object.spec.hasOwnProperty)',
    'size(object.metadata.labels) == 2',
  ];
  it.each(cases)('%s', (expression) => {
    expect(decideBy({ validations: [{ expression }] }, facts({ object })).violations).toEqual([]);
  });

  it('do not hide a violation, as binding or policy names either', () => {
    const named = binding({ policyName: 'constructor' }, '__proto__');
    const decision = decide(snapshotOf([policy(FALSE, 'constructor')], [named]), facts({ object }));
    expect(decision).toMatchObject({
      verdict: 'deny',
      violations: [{ policy: 'constructor', binding: '__proto__' }],
    });
  });
});

describe('which policies are asked', () => {
  it('none without a binding', () => {
    expect(decide(snapshotOf([policy(FALSE)], []), facts()).violations).toEqual([]);
  });

  it('each under every binding, in the order of their names', () => {
    const bindings = [binding({}, 'z'), binding({ validationActions: ['Warn'] }, 'a')];
    const decision = decideBy(FALSE, facts(), bindings);
    expect(decision.verdict).toBe('deny');
    expect(decision.violations.map((violation) => violation.binding)).toEqual(['a', 'z']);
    expect(decision.warnings).toEqual([
      "Validation failed for RolloutPolicy 'p' with binding 'a': never",
    ]);
  });

  const sites: [
    string,
    Partial<RolloutPolicySpec>,
    Parameters<typeof binding>[0],
    Facts,
    number,
  ][] = [
    ['Admission is the default', { evaluateAt: undefined } as never, {}, facts(), 1],
    ['a gate is not', { evaluateAt: undefined } as never, {}, gateFacts('Promotion'), 0],
    ['a gate that the policy names', { evaluateAt: ['Promotion'] }, {}, gateFacts('Promotion'), 1],
    ['not at other moments', { evaluateAt: ['Promotion'] }, {}, facts(), 0],
    ['a binding narrows', {}, { evaluateAt: ['Promotion'] }, facts(), 0],
    [
      'a binding cannot widen',
      { evaluateAt: ['Admission'] },
      { evaluateAt: ['Promotion'] },
      gateFacts('Promotion'),
      0,
    ],
  ];
  it.each(sites)('%s', (_name, spec, bound, given, count) => {
    expect(decideBy({ ...FALSE, ...spec }, given, [binding(bound)]).violations).toHaveLength(count);
  });

  it('not those whose match condition is false, even when another one errs', () => {
    const matchConditions = [
      { name: 'a', expression: 'object.nope == 1' },
      { name: 'b', expression: 'request.operation == "DELETE"' },
    ];
    expect(decideBy({ ...FALSE, matchConditions }).violations).toEqual([]);
  });
});

describe('a violation', () => {
  it('carries what people need', () => {
    const standards = [{ id: 'soc2-2017', controls: ['CC8.1'] }];
    const spec = {
      remediation: 'do it',
      standards,
      validations: [
        { expression: 'false' },
        { expression: 'false', remediation: 'do that', reason: 'Forbidden' as const },
      ],
    };
    expect(decideBy(spec).violations).toMatchObject([
      {
        validation: '0',
        message: 'failed expression: false',
        remediation: 'do it',
        standards,
        reason: 'Invalid',
      },
      { validation: '1', remediation: 'do that', reason: 'Forbidden' },
    ]);
  });

  it('goes into the audit log when the binding says so', () => {
    const spec = {
      ...FALSE,
      auditAnnotations: [
        { key: 'weight', valueExpression: 'string(object.spec.analysis.stepWeight)' },
      ],
    };
    const { auditAnnotations } = decideBy(spec, facts(), [
      binding({ validationActions: ['Warn', 'Audit'] }),
    ]);
    expect(auditAnnotations['p/weight']).toBe('10');
    expect(JSON.parse(auditAnnotations['sluice.dev/validation_failure'] ?? '')).toEqual([
      {
        message: 'never',
        policy: 'p',
        binding: 'b',
        expressionIndex: 0,
        validationActions: ['Warn', 'Audit'],
      },
    ]);
  });
});

describe('determinism', () => {
  it('gives the same bytes for the same facts, in any order of their members', () => {
    const one = decideBy(FALSE, facts());
    const { metadata, ...rest } = canary;
    const other = decideBy(FALSE, facts({ object: { ...rest, metadata: { ...metadata } } }));
    expect(JSON.stringify(other)).toBe(JSON.stringify(one));
    expect(one.factsDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('gives other digests for other facts and policies', () => {
    const base = decideBy(FALSE);
    expect(decideBy(FALSE, facts({ now: '2026-03-02T10:00:01Z' })).factsDigest).not.toBe(
      base.factsDigest,
    );
    expect(decideBy(BROKEN).snapshotDigest).not.toBe(base.snapshotDigest);
  });
});

describe('a policy on another version of the resource', () => {
  it('sees the object and the request in its version', () => {
    const group = 'gateway.networking.k8s.io';
    const route = { apiVersion: `${group}/v1beta1`, kind: 'HTTPRoute', metadata: { name: 'web' } };
    const given = facts({
      object: route,
      request: {
        ...facts().request,
        kind: { group, version: 'v1beta1', kind: 'HTTPRoute' },
        resource: { group, version: 'v1beta1', resource: 'httproutes' },
      },
    });
    const decision = decideBy(
      {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: [group],
              apiVersions: ['v1'],
              resources: ['httproutes'],
              operations: ['*'],
            },
          ],
        },
        validations: [
          {
            expression: 'false',
            messageExpression:
              'object.apiVersion + " " + request.kind.version + " " + request.requestKind.version',
          },
        ],
      },
      given,
    );
    expect(decision.violations[0]?.message).toBe(`${group}/v1 v1 v1beta1`);
  });
});

describe('an error that quotes the object', () => {
  const KEY = "object.metadata.labels[object.metadata.name] == 'x'";
  const HIDDEN = 'no such key: (a value that the policy does not name)';

  it('shows only what stands in the policy', () => {
    const named = decideBy({ validations: [{ expression: "object.spec.nope == 'x'" }] });
    expect(named.violations[0]?.message).toContain('no such key: nope');
    const quoted = decideBy({ validations: [{ expression: KEY }] });
    expect(quoted.violations[0]?.message).toContain(HIDDEN);
  });

  it('does so in each of several conditions', () => {
    const decision = decideBy({
      matchConditions: [
        { name: 'a', expression: KEY },
        { name: 'b', expression: "object.spec.nope == 'x'" },
      ],
      validations: [{ expression: 'true' }],
    });
    expect(decision.violations[0]?.message).toBe(
      `[expression '${KEY}' resulted in error: ${HIDDEN}, expression 'object.spec.nope == 'x'' resulted in error: no such key: nope]`,
    );
  });
});

describe('messages of validations that hold', () => {
  /** Each message costs about 900,000 units, and next to no time. */
  const holding = (count: number) => ({
    variables: [
      { name: 'long', expression: 'lists.range(9500).map(i, "a").join()' },
      { name: 'other', expression: '"b" + variables.long' },
    ],
    validations: Array.from({ length: count }, () => ({
      expression: 'true',
      messageExpression: 'string(variables.long.contains(variables.other))',
    })),
  });

  it('count once they can use up the budget, as in the API server', () => {
    const [violation] = decideBy(holding(13)).violations;
    expect(violation).toMatchObject({ error: true });
    expect(violation?.message).toContain('failed messageExpression: validation failed due to');
  });

  it('are no pass when there was no time to find out', () => {
    const snapshot = snapshotOf([policy(holding(13))], [binding()]);
    let looks = 0;
    const decision = decide(snapshot, facts(), () => ++looks > 3);
    expect(decision.violations[0]?.message).toBe(
      'failed messageExpression: operation cancelled: out of time',
    );
  });

  it('are not looked at before', () => {
    const decision = decideBy(holding(10));
    expect(decision.violations).toEqual([]);
    expect(decision.cost).toBeLessThan(1000);
  });
});
