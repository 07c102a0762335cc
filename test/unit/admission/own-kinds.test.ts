import { describe, expect, it } from 'vitest';
import { isGovernedByPolicies, ownKindProblem } from '../../../src/admission/own-kinds.ts';
import type { Operation } from '../../../src/domain/policy.ts';
import type { Json } from '../../../src/lib/lossless-json.ts';
import { EXECUTOR, reviewOf, type ResourceName } from './fixture.ts';

const checks = { executorUsernames: [EXECUTOR], validatePolicyObject: () => [] };
const user = (username: string) => ({ userInfo: { username } });

function problemsOf(resource: ResourceName, spec: Json, old?: Json): readonly string[] {
  const review = reviewOf(resource, old === undefined ? 'CREATE' : 'UPDATE', {
    object: { spec },
    ...(old === undefined ? {} : { oldObject: { spec: old } }),
  });
  return ownKindProblem(review, checks)?.messages ?? [];
}

describe('RolloutRun', () => {
  const spec = { revision: 'r1' };
  const objects = (operation: Operation) => ({
    ...(operation === 'DELETE' ? {} : { object: { spec } }),
    ...(operation === 'CREATE' ? {} : { oldObject: { spec } }),
  });

  it.each<[username: string, operation: Operation, allowed: boolean]>([
    [EXECUTOR, 'CREATE', true],
    [EXECUTOR, 'UPDATE', true],
    [EXECUTOR, 'DELETE', true],
    ['ada', 'CREATE', false],
    ['ada', 'UPDATE', false],
    ['ada', 'DELETE', false],
    ['', 'CREATE', false],
    ['system:serviceaccount:kube-system:generic-garbage-collector', 'DELETE', true],
    ['system:serviceaccount:kube-system:namespace-controller', 'DELETE', true],
    ['system:kube-controller-manager', 'DELETE', true],
    ['system:serviceaccount:kube-system:generic-garbage-collector', 'UPDATE', false],
    ['system:serviceaccount:evil:generic-garbage-collector', 'DELETE', false],
  ])('%s may %s: %s', (username, operation, allowed) => {
    const review = reviewOf('rolloutruns', operation, objects(operation), user(username));
    expect(ownKindProblem(review, checks) === undefined).toBe(allowed);
  });

  it('has a status that only Sluice writes', () => {
    const review = reviewOf('rolloutruns', 'UPDATE', objects('UPDATE'), {
      ...user('ada'),
      subResource: 'status',
    });
    expect(ownKindProblem(review, checks)).toMatchObject({ code: 403, reason: 'Forbidden' });
  });

  it('keeps its spec, whoever writes', () => {
    const changed = { object: { spec: { revision: 'r2' } }, oldObject: { spec } };
    const review = reviewOf('rolloutruns', 'UPDATE', changed, user(EXECUTOR));
    expect(ownKindProblem(review, checks)).toEqual({
      code: 422,
      reason: 'Invalid',
      messages: ['spec: is immutable'],
    });
  });
});

describe('RolloutPolicy', () => {
  const object = { metadata: { name: 'p' }, spec: { validations: [] } };
  const issues = [
    {
      field: 'spec.validations[0].expression',
      line: 3,
      column: 14,
      message: 'undeclared reference',
    },
    { field: 'spec.variables[1].expression', line: 1, message: 'syntax error' },
    { field: 'spec.validations', message: 'needs an entry' },
  ];
  const failing = { ...checks, validatePolicyObject: () => issues };

  it('is refused with every place where it does not compile', () => {
    expect(ownKindProblem(reviewOf('rolloutpolicies', 'CREATE', { object }), failing)).toEqual({
      code: 422,
      reason: 'Invalid',
      messages: [
        'spec.validations[0].expression:3:14: undeclared reference',
        'spec.variables[1].expression:1: syntax error',
        'spec.validations: needs an entry',
      ],
    });
  });

  it('can be labelled, finalised, deleted and reported on, whatever it holds', () => {
    const same = { object: { ...object, metadata: { labels: {} } }, oldObject: object };
    expect(ownKindProblem(reviewOf('rolloutpolicies', 'UPDATE', same), failing)).toBeUndefined();
    const gone = reviewOf('rolloutpolicies', 'DELETE', { oldObject: object });
    expect(ownKindProblem(gone, failing)).toBeUndefined();
    const changed = { object: { spec: { validations: [1] } }, oldObject: object };
    const status = reviewOf('rolloutpolicies', 'UPDATE', changed, { subResource: 'status' });
    expect(ownKindProblem(status, failing)).toBeUndefined();
  });
});

describe('RolloutPolicyBinding', () => {
  it.each<[spec: Json, problems: string[]]>([
    [{ policyName: 'p' }, []],
    [{ policyName: 'p', validationActions: ['Deny', 'Audit'] }, []],
    [{ policyName: 'p', validationActions: ['Hold'] }, []],
    [{}, ['spec.policyName: is required']],
    [
      { policyName: 'p', validationActions: ['Deny', 'Warn'] },
      ['spec.validationActions: Deny, Hold and Warn exclude each other'],
    ],
    [
      { policyName: 'p', validationActions: ['Deny', 'Hold'] },
      ['spec.validationActions: Deny, Hold and Warn exclude each other'],
    ],
    [
      { policyName: 'p', validationActions: ['Audit', 'Audit'] },
      ['spec.validationActions: names an action twice'],
    ],
    [
      { policyName: 'p', validationActions: ['Block'] },
      ['spec.validationActions: known actions are Deny, Hold, Warn, Audit'],
    ],
    [{ policyName: 'p', validationActions: [] }, ['spec.validationActions: needs an entry']],
    [{ policyName: 'p', validationActions: 'Deny' }, ['spec.validationActions: needs an entry']],
    [
      { policyName: 'p', params: {}, paramRef: { name: 'x', parameterNotFoundAction: 'Deny' } },
      ['spec.params: cannot be given together with spec.paramRef'],
    ],
    [
      { policyName: 'p', paramRef: { parameterNotFoundAction: 'Deny' } },
      ['spec.paramRef: needs either name or selector'],
    ],
    [
      { policyName: 'p', paramRef: { name: 'x', selector: {} } },
      [
        'spec.paramRef: needs either name or selector',
        'spec.paramRef.parameterNotFoundAction: is required, Allow or Deny',
      ],
    ],
  ])('%j', (spec, problems) => {
    expect(problemsOf('rolloutpolicybindings', spec)).toEqual(problems);
  });
});

describe('ChangeWindow', () => {
  const both = 'spec.schedule: needs either rrule, durationMinutes and timeZone, or from and to';
  it.each<[schedule: Json, problems: string[]]>([
    [{ from: '2026-12-20T00:00:00Z', to: '2027-01-04T00:00:00Z' }, []],
    [{ rrule: 'FREQ=DAILY', durationMinutes: 60, timeZone: 'Europe/Oslo' }, []],
    [{}, [both]],
    [{ rrule: 'FREQ=DAILY', from: 'x' }, [both]],
    ['always', ['spec.schedule: is required']],
    [{ from: '2026-12-20T00:00:00Z' }, ['spec.schedule.to: is required']],
    [{ from: 7, to: 8 }, ['spec.schedule.from: is required', 'spec.schedule.to: is required']],
    [
      { from: '2026-12-20', to: '2027-01-04T00:00:00Z' },
      ['spec.schedule.from: from is not an RFC 3339 time with offset'],
    ],
    [
      { rrule: 'FREQ=DAILY', durationMinutes: 60, timeZone: 'Mars/Base' },
      ["spec.schedule.timeZone: time zone 'Mars/Base' is not known"],
    ],
    [
      { rrule: 'FREQ=SECONDLY', durationMinutes: 60, timeZone: 'Europe/Oslo' },
      ['spec.schedule.rrule: FREQ must be one of DAILY, WEEKLY, MONTHLY, YEARLY'],
    ],
  ])('%j', (schedule, problems) => {
    expect(problemsOf('changewindows', { type: 'Deny', schedule })).toEqual(problems);
  });
});

describe('policies', () => {
  it('are not asked about themselves, nor about the record', () => {
    const governed = (['rolloutpolicies', 'rolloutpolicybindings', 'rolloutruns'] as const).map(
      (resource) => isGovernedByPolicies(reviewOf(resource, 'CREATE', { object: {} })),
    );
    expect(governed).toEqual([false, false, false]);
    expect(isGovernedByPolicies(reviewOf('changewindows', 'CREATE', {}))).toBe(true);
    expect(isGovernedByPolicies(reviewOf('canaries', 'CREATE', {}))).toBe(true);
  });

  it('leave objects of other groups alone', () => {
    const review = reviewOf('canaries', 'CREATE', { object: { spec: {} } });
    expect(ownKindProblem(review, checks)).toBeUndefined();
  });
});
