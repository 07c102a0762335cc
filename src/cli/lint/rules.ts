/** How much a finding matters: an `error` fails the run, a `warning` does with `--strict`, `info` never. */
export type LintSeverity = 'error' | 'warning' | 'info';

interface LintRule {
  readonly severity: LintSeverity;
  /** A few words, for tables. */
  readonly title: string;
  /** What it means and what to do; docs/reference/lint.md shows it. */
  readonly doc: string;
}

/**
 * Every code of `sluice lint`. Codes never change their meaning. The first digit says what a rule is about: 1 files and
 * fields, 2 expressions, 3 safety, 4 windows, 5 bindings, 6 what people are told, 7 approvals, exceptions and budgets.
 */
export const LINT_RULES = {
  SL1001: {
    severity: 'error',
    title: 'malformed YAML',
    doc: 'The file is not YAML 1.2. Other files are linted all the same.',
  },
  SL1002: {
    severity: 'error',
    title: 'not an object',
    doc: 'A document is not a Kubernetes object: `apiVersion`, `kind` or `metadata.name` is missing.',
  },
  SL1003: {
    severity: 'error',
    title: 'unknown field',
    doc: 'The API server would refuse or drop the field. The message names the known ones, and the one that was probably meant.',
  },
  SL1004: {
    severity: 'error',
    title: 'wrong type',
    doc: 'A field holds another type of value than its schema says, e.g. a number where a string belongs: quote it.',
  },
  SL1005: {
    severity: 'error',
    title: 'missing field',
    doc: 'A required field is absent.',
  },
  SL1006: {
    severity: 'error',
    title: 'invalid value',
    doc: 'A value is outside what its schema, or a rule between fields, allows.',
  },
  SL1007: {
    severity: 'error',
    title: 'unknown kind',
    doc: 'The group `sluice.dev` has no such kind, or the kind has another `apiVersion`.',
  },
  SL1008: {
    severity: 'error',
    title: 'duplicate name',
    doc: 'Two objects of the same kind, namespace and name differ: one would overwrite the other.',
  },
  SL1009: {
    severity: 'error',
    title: 'malformed tests',
    doc: 'A tests.yaml does not have the format that `sluice test` reads.',
  },
  SL2001: {
    severity: 'error',
    title: 'syntax error',
    doc: 'The expression is not CEL.',
  },
  SL2002: {
    severity: 'error',
    title: 'unknown name',
    doc: 'The expression names a variable, function or field that is not declared where it stands.',
  },
  SL2003: {
    severity: 'error',
    title: 'type error',
    doc: 'No function or operator of that name takes these types.',
  },
  SL2004: {
    severity: 'error',
    title: 'wrong result type',
    doc: 'The expression gives another type than its field needs: bool for validations and match conditions, string for messages.',
  },
  SL2005: {
    severity: 'error',
    title: 'invalid constant',
    doc: 'A constant in the expression is not valid where it stands, e.g. a regular expression that does not compile, or a bad duration.',
  },
  SL2007: {
    severity: 'error',
    title: 'too new',
    doc: 'The expression uses what only the newest environment has. As in Kubernetes, policies that are being written may use what the version before has, so that an upgrade can be taken back; only stored ones may use all.',
  },
  SL2008: {
    severity: 'warning',
    title: 'unused variable',
    doc: 'No expression uses the variable, not even through other variables.',
  },
  SL2009: {
    severity: 'warning',
    title: 'pattern cannot match',
    doc: 'Anchors or an empty class make a regular expression that no text matches, such as `a^` or `$a`.',
  },
  SL2010: {
    severity: 'error',
    title: 'does not fit the kind',
    doc: 'The expression names a field that no matched kind has, or combines a field with another type. Checked against the bundled schemas (Kubernetes’ own kinds, Flagger’s, Sluice’s) and those of `--crds`, for policies whose rules name all their resources exactly. Kubernetes’ own check warns of more, in the status of the policy.',
  },
  SL2011: {
    severity: 'error',
    title: 'wrong at a gate',
    doc: 'At the gates named in the message the expression does not fit: there `rollout` has the fields of docs/reference/policies.md and no others. Such a policy is refused when it is written to a cluster.',
  },
  SL2012: {
    severity: 'error',
    title: 'does not fit paramsSchema',
    doc: 'The expression names a field of `params` that the `paramsSchema` of the policy does not have, or combines one with another type. Such a policy is refused when it is written to a cluster.',
  },
  SL3001: {
    severity: 'warning',
    title: 'unguarded rollout',
    doc: '`rollout` is null at Admission and Scan: looking into it there is an evaluation error, which follows `failurePolicy`. Guard it with `rollout != null && …` or `rollout == null || …`, or set `evaluateAt` to gates only.',
  },
  SL3002: {
    severity: 'warning',
    title: 'fails on safety',
    doc: 'The policy takes an object when it is created, but fails with an error on a change of it toward safety: a deletion that reverts, smaller steps, a return to what succeeded, less traffic for a canary. Sluice lets such changes through whatever policies say, and records the violation; the same policy in Kubernetes would stand in the way. So does one of Kubernetes’ own kinds that refuses such a change.',
  },
  SL3003: {
    severity: 'error',
    title: 'refuses safety',
    doc: 'The policy takes an object when it is created, but refuses a change of it toward safety. No policy can stop such a change; one that means to is refused when it is written to a cluster.',
  },
  SL3004: {
    severity: 'warning',
    title: 'unguarded oldObject',
    doc: '`oldObject` is null at gates, whatever operations the policy matches: looking into it there is an evaluation error, which follows `failurePolicy`. Guard it with `oldObject != null && …` or `oldObject == null || …`.',
  },
  SL4001: {
    severity: 'error',
    title: 'invalid schedule',
    doc: 'The schedule of a ChangeWindow cannot be read; such a window is closed.',
  },
  SL4002: {
    severity: 'warning',
    title: 'never opens',
    doc: 'With this window no change would ever be allowed again: an Allow window that is over or never comes, or a Deny window without end.',
  },
  SL4003: {
    severity: 'info',
    title: 'window is over',
    doc: 'A Deny window lies in the past and does not come again.',
  },
  SL5001: {
    severity: 'warning',
    title: 'policy without binding',
    doc: 'No binding among the files names the policy: it would not be applied.',
  },
  SL5002: {
    severity: 'warning',
    title: 'binding without policy',
    doc: 'No policy of that name is among the files.',
  },
  SL5003: {
    severity: 'error',
    title: 'conflicting actions',
    doc: 'Deny, Hold and Warn exclude each other in one binding; Audit goes with each of them.',
  },
  SL5004: {
    severity: 'warning',
    title: 'never evaluated',
    doc: 'The policy is evaluated at none of the moments that its binding names in `evaluateAt`.',
  },
  SL5005: {
    severity: 'error',
    title: 'params do not fit',
    doc: 'What the binding gives in `params` does not meet the `paramsSchema` of its policy. Such a binding is refused when it is written to a cluster; one that is stored already is an error, which follows `failurePolicy`.',
  },
  SL6001: {
    severity: 'warning',
    title: 'missing message',
    doc: 'Who is denied sees only `failed expression: …`. Give the validation a `message` or `messageExpression`.',
  },
  SL6002: {
    severity: 'info',
    title: 'missing remediation',
    doc: 'Neither the policy nor the validation says what to do about a violation.',
  },
  SL6003: {
    severity: 'info',
    title: 'missing tests',
    doc: 'No tests.yaml names the policy’s file, or lies beside it.',
  },
  SL6004: {
    severity: 'warning',
    title: 'unknown control',
    doc: 'A framework that Sluice knows has no control of that identifier, or its own name is misspelt: reports about controls would leave it out. Frameworks that Sluice does not know may be named freely.',
  },
  SL7001: {
    severity: 'error',
    title: 'invalid exception',
    doc: 'The reason is blank, or `reviewWithin` is no duration, or given by what is no Emergency. Admission refuses such an exception.',
  },
  SL7002: {
    severity: 'error',
    title: 'lasts too long',
    doc: 'The exception would end later, or be reviewed later, than the cluster allows: admission refuses it. The limits are those of `--max-exception`, `--max-emergency` and `--emergency-review-within`, by default as in `sluice serve`; times are counted from `--now`.',
  },
  SL7003: {
    severity: 'warning',
    title: 'has ended',
    doc: 'The end of the exception or approval has come: it counts no more, and admission refuses it as a new object.',
  },
  SL7004: {
    severity: 'warning',
    title: 'excepts nothing',
    doc: 'No policy of that name is among the files, although others are, or the policy has no validation of that name or index.',
  },
  SL7005: {
    severity: 'warning',
    title: 'no emergency',
    doc: 'The policy does not say `emergency: Allowed`: an Emergency does not touch it.',
  },
  SL7006: {
    severity: 'warning',
    title: 'stamped field',
    doc: '`requestedBy` and `approver` say who wrote the object. Admission overwrites what a file says; leave them out.',
  },
  SL7007: {
    severity: 'warning',
    title: 'out of reach',
    doc: 'Exceptions count in the namespace of Sluice, and in those of `--exception-namespaces`; elsewhere they mean nothing. Give lint the same `--sluice-namespace` and `--exception-namespaces` as the cluster has.',
  },
  SL7008: {
    severity: 'error',
    title: 'no limit',
    doc: 'A RolloutBudget needs `maxConcurrent` or `maxExposurePercent`.',
  },
  SL7009: {
    severity: 'error',
    title: 'invalid selector',
    doc: 'A label selector of an exception or budget cannot be used: its keys, values or operators are not what the API server takes.',
  },
  SL7010: {
    severity: 'error',
    title: 'does not fit its subject',
    doc: 'A PolicyException can be approved or rejected only, and a scope belongs to the approval of a RolloutRun.',
  },
} as const satisfies Readonly<Record<string, LintRule>>;

export type LintCode = keyof typeof LINT_RULES;

/** The rule of a code. */
export function ruleOf(code: LintCode): LintRule {
  return LINT_RULES[code];
}

/** Whether a text is a code. */
export function isLintCode(text: string): text is LintCode {
  return Object.hasOwn(LINT_RULES, text);
}
