import type { UserInfo } from '../domain/decision.ts';
import { isJsonArray, isJsonObject, type Json } from '../lib/lossless-json.ts';
import type { AuthorizerAnswer, AuthorizerQuestion } from './expression.ts';

/**
 * Answers authorization questions by a table `{default, rules: [{verb, apiGroup, resource, …, decision}]}`: the first
 * rule whose given fields all match decides.
 * @param table absent: no rule, every answer `noOpinion`
 */
export function stubAuthorizer(
  table: Json,
  user: UserInfo,
): (question: AuthorizerQuestion) => AuthorizerAnswer {
  const rules = isJsonObject(table) && isJsonArray(table['rules']) ? table['rules'] : [];
  const fallback = isJsonObject(table) ? decisionOf(table['default']) : 'noOpinion';
  return (question) => {
    const asked = fieldsOf(question, user);
    const groups = groupsOf(question, user);
    const rule = rules.find((each) => isJsonObject(each) && matches(each, asked, groups));
    if (!isJsonObject(rule)) return { decision: fallback };
    const { reason, error } = rule;
    return {
      decision: decisionOf(rule['decision']),
      ...(typeof reason === 'string' && reason !== '' ? { reason } : {}),
      ...(typeof error === 'string' && error !== '' ? { error } : {}),
    };
  };
}

function decisionOf(value: Json | undefined): AuthorizerAnswer['decision'] {
  return value === 'allow' || value === 'deny' ? value : 'noOpinion';
}

function fieldsOf(
  { serviceAccount, ...question }: AuthorizerQuestion,
  user: UserInfo,
): Readonly<Record<string, string>> {
  const isResource = question.path === undefined;
  return {
    user:
      serviceAccount === undefined
        ? (user.username ?? '')
        : `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`,
    verb: question.verb,
    apiGroup: question.group ?? '',
    apiVersion: isResource ? '*' : '',
    resource: question.resource ?? '',
    subresource: question.subresource ?? '',
    namespace: question.namespace ?? '',
    name: question.name ?? '',
    path: question.path ?? '',
    fieldSelector: question.fieldSelector ?? '',
    labelSelector: question.labelSelector ?? '',
  };
}

function groupsOf({ serviceAccount }: AuthorizerQuestion, user: UserInfo): readonly string[] {
  if (serviceAccount === undefined) return user.groups ?? [];
  return ['system:serviceaccounts', `system:serviceaccounts:${serviceAccount.namespace}`];
}

function matches(
  rule: Readonly<Record<string, Json>>,
  asked: Readonly<Record<string, string>>,
  groups: readonly string[],
): boolean {
  const group = rule['userGroup'];
  if (typeof group === 'string' && !groups.includes(group)) return false;
  return Object.entries(asked).every(([key, value]) => {
    const wanted = rule[key];
    return typeof wanted !== 'string' || wanted === value;
  });
}
