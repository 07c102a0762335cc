import type { KindSchemas } from '../../domain/kind-schemas/kind-schemas.ts';
import type { RolloutPolicy } from '../../domain/policy.ts';
import { parseExpressions } from '../../policy/lint/expressions.ts';
import { impossiblePatterns } from '../../policy/lint/patterns.ts';
import { refusedSafety } from '../../policy/lint/refused-safety.ts';
import { unguardedOldObject, unguardedRollout } from '../../policy/lint/unguarded-rollout.ts';
import { unusedVariables } from '../../policy/lint/unused-variables.ts';
import type { LintObject, ObjectFinding } from './finding.ts';
import { lintExpressions } from './lint-expressions.ts';
import { lintStandards } from './lint-standards.ts';
import type { LintCode } from './rules.ts';

/**
 * What is wrong with a policy whose fields are sound.
 * @param schemas of the kinds that policies match
 */
export function lintPolicy(object: LintObject, schemas: KindSchemas): readonly ObjectFinding[] {
  const policy = object.value as unknown as RolloutPolicy;
  const { compiled, findings } = lintExpressions(object, policy, schemas);
  const isSound = findings.every(({ code }) => COMPILING.has(code));
  return [
    ...findings,
    ...lintUse(object, policy),
    ...(isSound ? lintSafety(object, refusedSafety(compiled)) : []),
    ...lintTexts(object, policy),
    ...lintStandards(object, policy.spec.standards),
  ];
}

/** Findings about expressions that compile all the same. */
const COMPILING: ReadonlySet<LintCode> = new Set(['SL2007', 'SL2010', 'SL2011', 'SL2012']);

function lintUse(object: LintObject, { kind, spec }: RolloutPolicy): readonly ObjectFinding[] {
  const parsed = parseExpressions(spec);
  const isOurs = kind === 'RolloutPolicy';
  return [
    ...unusedVariables(spec, parsed).map((index): ObjectFinding => {
      const name = spec.variables?.[index]?.name ?? '';
      const message = `variable ${name} is not used`;
      return { code: 'SL2008', message, object, field: `spec.variables[${index}].name` };
    }),
    ...impossiblePatterns(parsed).map(({ field, offset, pattern }): ObjectFinding => {
      const message = `no text matches the pattern ${pattern}`;
      return { code: 'SL2009', message, object, field, offset };
    }),
    ...(isOurs ? unguardedRollout(spec, parsed) : []).map(({ field, offset }): ObjectFinding => {
      const message = 'rollout is null at Admission and Scan; guard this with rollout != null';
      return { code: 'SL3001', message, object, field, offset };
    }),
    ...(isOurs ? unguardedOldObject(spec, parsed) : []).map(({ field, offset }): ObjectFinding => {
      const message = 'oldObject is null at gates; guard this with oldObject != null';
      return { code: 'SL3004', message, object, field, offset };
    }),
  ];
}

function lintSafety(
  object: LintObject,
  refused: ReturnType<typeof refusedSafety>,
): readonly ObjectFinding[] {
  const isOurs = (object.value as unknown as RolloutPolicy).kind === 'RolloutPolicy';
  return refused.map(({ change, facts, validation, isError }) => {
    const verb = isError ? 'fails with an error' : 'refuses it';
    const message = `${verb} when ${change} (${facts}): such changes are let through, and recorded as violations`;
    const field = validation === undefined ? 'spec' : `spec.validations[${validation}].expression`;
    return {
      code: isOurs && !isError ? 'SL3003' : 'SL3002',
      message,
      object,
      field,
      part: validation === undefined ? 'key' : 'value',
    };
  });
}

function lintTexts(object: LintObject, { kind, spec }: RolloutPolicy): readonly ObjectFinding[] {
  return (spec.validations ?? []).flatMap((validation, index): readonly ObjectFinding[] => {
    const { message = '', messageExpression = '', remediation = '' } = validation;
    const field = `spec.validations[${index}]`;
    const isSilent = message === '' && messageExpression === '';
    const isHelpless = remediation === '' && (spec.remediation ?? '') === '';
    return [
      ...(isSilent
        ? [
            {
              code: 'SL6001',
              message: 'has neither message nor messageExpression',
              object,
              field,
            } as const,
          ]
        : []),
      ...(isHelpless && kind === 'RolloutPolicy'
        ? [
            {
              code: 'SL6002',
              message: 'nothing says what to do about a violation',
              object,
              field,
            } as const,
          ]
        : []),
    ];
  });
}
