import type { CelLibrary, FunctionDeclaration } from '../library.ts';
import { BOOL, STRING, type CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import { instanceAt, stringAt } from './support/arguments.ts';
import {
  AUTHORIZER,
  Authorizer,
  DECISION,
  Decision,
  GROUP_CHECK,
  GroupCheck,
  PATH_CHECK,
  PathCheck,
  RESOURCE_CHECK,
  ResourceCheck,
} from './support/authorizer.ts';
import { declare, member } from './support/declare.ts';

/** Two checks an expression are what the limit leaves room for. */
const CHECK_COST = 350_000;

/** `authorizer` and the questions that can be asked of it. */
export const library: CelLibrary = {
  name: 'kubernetes.authz',
  since: '1.27',
  functions: [
    declare(
      'path',
      member(
        'authorizer_path',
        { params: [AUTHORIZER, STRING], result: PATH_CHECK },
        { call: (args) => instanceAt(Authorizer, args, 0).path(stringAt(args, 1)) },
      ),
    ),
    declare(
      'group',
      member(
        'authorizer_group',
        { params: [AUTHORIZER, STRING], result: GROUP_CHECK },
        { call: (args) => instanceAt(Authorizer, args, 0).group(stringAt(args, 1)) },
      ),
    ),
    declare(
      'serviceAccount',
      member(
        'authorizer_serviceaccount',
        { params: [AUTHORIZER, STRING, STRING], result: AUTHORIZER },
        {
          call: (args) =>
            instanceAt(Authorizer, args, 0).serviceAccount(stringAt(args, 1), stringAt(args, 2)),
        },
      ),
    ),
    declare(
      'resource',
      member(
        'groupcheck_resource',
        { params: [GROUP_CHECK, STRING], result: RESOURCE_CHECK },
        { call: (args) => instanceAt(GroupCheck, args, 0).resource(stringAt(args, 1)) },
      ),
    ),
    narrowing('subresource'),
    narrowing('namespace'),
    narrowing('name'),
    declare(
      'check',
      member(
        'pathcheck_check',
        { params: [PATH_CHECK, STRING], result: DECISION },
        {
          call: (args, context) => instanceAt(PathCheck, args, 0).check(stringAt(args, 1), context),
          cost: () => CHECK_COST,
        },
      ),
      member(
        'resourcecheck_check',
        { params: [RESOURCE_CHECK, STRING], result: DECISION },
        {
          call: (args, context) =>
            instanceAt(ResourceCheck, args, 0).check(stringAt(args, 1), context),
          cost: () => CHECK_COST,
        },
      ),
    ),
    reading('errored', BOOL, ({ answer }) => answer.error !== undefined),
    reading('error', STRING, ({ answer }) => answer.error ?? ''),
    reading('allowed', BOOL, ({ answer }) => answer.decision === 'allow'),
    reading('reason', STRING, ({ answer }) => answer.reason ?? ''),
  ],
};

function narrowing(part: 'subresource' | 'namespace' | 'name'): FunctionDeclaration {
  return declare(
    part,
    member(
      `resourcecheck_${part}`,
      { params: [RESOURCE_CHECK, STRING], result: RESOURCE_CHECK },
      { call: (args) => instanceAt(ResourceCheck, args, 0).with(part, stringAt(args, 1)) },
    ),
  );
}

function reading(
  name: string,
  result: CelType,
  read: (decision: Decision) => CelValue,
): FunctionDeclaration {
  return declare(
    name,
    member(
      `decision_${name}`,
      { params: [DECISION], result },
      { call: (args) => read(instanceAt(Decision, args, 0)) },
    ),
  );
}
