import { describe, expect, it } from 'vitest';
import type { ExceptionFact } from '../../../src/domain/decision.ts';
import type { RolloutPolicyBinding, RolloutPolicySpec } from '../../../src/domain/policy.ts';
import { canonicalJson } from '../../../src/lib/canonical-json.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { decide } from '../../../src/policy/decide.ts';
import { scanDecision, scanObject } from '../../../src/policy/scan.ts';
import type { ScanResult } from '../../../src/policy/scan-results.ts';
import { binding, facts, policy, snapshotOf } from './support.ts';

const scanned = facts({ callSite: 'Scan' });

function resultsOf(
  spec: Partial<RolloutPolicySpec>,
  bindings: readonly RolloutPolicyBinding[] = [binding()],
  given = scanned,
): readonly ScanResult[] {
  return scanObject(snapshotOf([policy(spec)], bindings), given).results;
}

const briefly = (results: readonly ScanResult[]): unknown =>
  results.map(({ binding: bound, rule, outcome, action }) => [bound, rule, outcome, action]);

const yes = { name: 'yes', expression: 'true' };
const no = { name: 'no', expression: 'false', message: 'is not so' };
const broken = { name: 'broken', expression: 'object.spec.nothing == 1' };

describe('the results of a scan', () => {
  it.each([
    ['all hold: one pass a binding', { validations: [yes, yes] }, [['b', '', 'pass', 'Deny']]],
    ['one does not: that one', { validations: [yes, no] }, [['b', 'no', 'fail', 'Deny']]],
    ['one errs: that one', { validations: [broken, yes] }, [['b', 'broken', 'error', 'Deny']]],
    [
      'errors that failurePolicy lets pass are no passes',
      { validations: [broken], failurePolicy: 'Ignore' },
      [['b', 'broken', 'error', 'Ignore']],
    ],
    [
      'nor is a policy that does not compile',
      { validations: [{ expression: 'object.(' }], failurePolicy: 'Ignore' },
      [['b', '0', 'error', 'Ignore']],
    ],
    [
      'nor match conditions that err',
      {
        validations: [yes],
        matchConditions: [{ name: 'm', expression: 'object.spec.nothing == 1' }],
        failurePolicy: 'Ignore',
      },
      [['b', '', 'error', 'Ignore']],
    ],
    [
      'a match condition that is false: nothing',
      { validations: [no], matchConditions: [{ name: 'm', expression: 'false' }] },
      [],
    ],
    ['no validations: nothing', { validations: [], auditAnnotations: [] }, []],
    ['not evaluated at Scan: nothing', { validations: [no], evaluateAt: ['Admission'] }, []],
    [
      'another kind: nothing',
      {
        validations: [no],
        matchConstraints: {
          resourceRules: [
            { apiGroups: ['apps'], apiVersions: ['*'], resources: ['*'], operations: ['*'] },
          ],
        },
      },
      [],
    ],
  ] as [string, Partial<RolloutPolicySpec>, unknown[]][])('%s', (_name, spec, wanted) => {
    expect(briefly(resultsOf(spec))).toEqual(wanted);
  });

  it.each([
    ['Deny', 'fail'],
    ['Hold', 'fail'],
    ['Audit', 'fail'],
    ['Warn', 'warn'],
  ] as const)('of a binding that says %s: %s', (action, outcome) => {
    const bindings = [binding({ validationActions: [action] })];
    expect(briefly(resultsOf({ validations: [no] }, bindings))).toEqual([
      ['b', 'no', outcome, action],
    ]);
  });

  it('come for each binding', () => {
    const bindings = [
      binding({ params: { least: 1 } }, 'low'),
      binding({ params: { least: 9 } }, 'high'),
    ];
    const validations = [
      { expression: 'object.spec.analysis.threshold >= params.least', message: 'm' },
    ];
    expect(briefly(resultsOf({ validations }, bindings))).toEqual([
      ['high', '0', 'fail', 'Deny'],
      ['low', '', 'pass', 'Deny'],
    ]);
  });

  it('hold what an exception turns aside apart', () => {
    const exception: ExceptionFact = {
      namespace: 'shop',
      name: 'sale',
      type: 'Exception',
      policies: [{ name: 'p' }],
      expiresAt: '2027-01-01T00:00:00Z',
      inForce: true,
      reviewOverdue: false,
    };
    const given = { ...scanned, exceptions: [exception] };
    const [result] = resultsOf({ validations: [no] }, [binding()], given);
    expect(result).toMatchObject({ outcome: 'skip', exception: 'shop/sale' });
  });

  it('carry what the policy says of itself', () => {
    const spec: Partial<RolloutPolicySpec> = {
      validations: [no],
      severity: 'low',
      category: 'c',
      standards: [{ id: 's', controls: ['2', '1'] }],
    };
    expect(resultsOf(spec)[0]).toMatchObject({
      severity: 'low',
      category: 'c',
      controls: ['s/1', 's/2'],
      message: 'is not so',
    });
  });

  it('quote nothing of the object: a made message gives way to a fixed one', () => {
    const made = { expression: 'false', messageExpression: `'it is ' + object.metadata.name` };
    const of = (validation: object, title?: string): string | undefined =>
      resultsOf({
        validations: [{ ...made, ...validation }],
        ...(title === undefined ? {} : { title }),
      })[0]?.message;
    expect(of({})).toBe('failed expression: false');
    expect(of({}, 'Title')).toBe('not met: Title');
    expect(of({ message: 'fixed' })).toBe('fixed');
  });

  it('ask nobody: a question to the authorizer is an error', () => {
    const expression = `authorizer.group('apps').resource('deployments').check('get').allowed()`;
    expect(briefly(resultsOf({ validations: [{ expression }] }))).toEqual([
      ['b', '0', 'error', 'Deny'],
    ]);
  });
});

describe('the decision of a scan', () => {
  it('is that of any other path on the same facts, byte for byte', () => {
    const snapshot = snapshotOf([policy({ validations: [no, broken] })]);
    const bytes = (decision: object): string => canonicalJson(decision as unknown as Json);
    expect(bytes(scanDecision(snapshot, scanned))).toBe(bytes(decide(snapshot, scanned)));
    expect(bytes(scanObject(snapshot, scanned).decision)).toBe(bytes(decide(snapshot, scanned)));
  });
});
