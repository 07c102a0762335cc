import { approval } from './approval.ts';
import { changeWindow } from './change-window.ts';
import type { CustomResource } from './custom-resource.ts';
import { policyException } from './policy-exception.ts';
import { rolloutBudget } from './rollout-budget.ts';
import { rolloutPolicy, rolloutPolicyBinding } from './rollout-policy.ts';
import { rolloutRun } from './rollout-run.ts';

/** Our kinds, in the order in which they stand in the generated files. */
export const CUSTOM_RESOURCES: readonly CustomResource[] = [
  rolloutPolicy,
  rolloutPolicyBinding,
  rolloutRun,
  changeWindow,
  approval,
  policyException,
  rolloutBudget,
];
