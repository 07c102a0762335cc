import { compile } from '../../../cel/compile.ts';
import { environment } from '../../../cel/environment.ts';
import { fromJson } from '../../../cel/from-json.ts';
import type { Activation, Program } from '../../../cel/program.ts';
import { BOOL, DYN, STRING } from '../../../cel/types.ts';
import { CelOptional, type CelValue } from '../../../cel/values.ts';
import type { Json } from '../../../lib/lossless-json.ts';
import { invalidField, type Cause } from '../api-error.ts';
import { fieldsOf, isFields, listOf, sameJson, textOf, textsOf, type Fields } from '../json.ts';
import type { SchemaRules } from '../rules.ts';

/** A rule of `x-kubernetes-validations`, compiled. */
interface Rule {
  readonly source: string;
  readonly program: Program | undefined;
  readonly problem: string;
  readonly message: string;
  readonly messageProgram: Program | undefined;
  readonly reason: string;
  readonly fieldPath: string;
  /** Asked on updates only, and only where the old value is known. */
  readonly isTransition: boolean;
  readonly optionalOldSelf: boolean;
}

/** The rules of a schema and of what is below it; undefined members have none. */
interface Node {
  readonly type: string;
  readonly rules: readonly Rule[];
  readonly properties: ReadonlyMap<string, Node>;
  readonly items: Node | undefined;
  readonly additional: Node | undefined;
  readonly listKeys: readonly string[];
  /** Where in the schema, for problems. */
  readonly schemaPath: string;
}

/** Compiles every rule of a schema. `self` is dynamically typed: mistakes of type show when the rule is asked. */
export function compileSchemaRules(schema: Fields): SchemaRules {
  const root = nodeOf(schema, '');
  if (root === undefined) return { isEmpty: true, problems: () => [], validate: () => [] };
  return {
    isEmpty: false,
    problems: (field) => problemsOf(root, field),
    validate: (value, old) => validateNode(root, { value, old, path: '' }),
  };
}

const ENVIRONMENT = { variables: { self: DYN, oldSelf: DYN } };

function nodeOf(schema: Fields, schemaPath: string): Node | undefined {
  const properties = new Map<string, Node>();
  for (const [name, inner] of Object.entries(fieldsOf(schema['properties']))) {
    const node = nodeOf(fieldsOf(inner), `${schemaPath}.properties[${name}]`);
    if (node !== undefined) properties.set(name, node);
  }
  const below = (key: 'items' | 'additionalProperties'): Node | undefined => {
    const inner = schema[key];
    return isFields(inner) ? nodeOf(inner, `${schemaPath}.${key}`) : undefined;
  };
  const rules = listOf(schema['x-kubernetes-validations']).map(fieldsOf).map(ruleOf);
  const items = below('items');
  const additional = below('additionalProperties');
  const isBare = rules.length === 0 && items === undefined && additional === undefined;
  if (isBare && properties.size === 0) return undefined;
  return {
    type: textOf(schema['type']),
    rules,
    properties,
    items,
    additional,
    listKeys: textsOf(schema['x-kubernetes-list-map-keys']),
    schemaPath,
  };
}

function ruleOf(rule: Fields): Rule {
  const source = textOf(rule['rule']);
  const compiled = compile(source, environment(ENVIRONMENT), { result: [BOOL] });
  const messageExpression = textOf(rule['messageExpression']);
  const message =
    messageExpression === ''
      ? undefined
      : compile(messageExpression, environment(ENVIRONMENT), { result: [STRING] });
  return {
    source,
    program: compiled.ok ? compiled.program : undefined,
    problem: compiled.ok ? '' : compiled.message,
    message: textOf(rule['message']).trim(),
    messageProgram: message?.ok === true ? message.program : undefined,
    reason: textOf(rule['reason']),
    fieldPath: textOf(rule['fieldPath']),
    isTransition: /\boldSelf\b/.test(source) && rule['optionalOldSelf'] !== true,
    optionalOldSelf: rule['optionalOldSelf'] === true,
  };
}

function problemsOf(node: Node, field: string): Cause[] {
  const own = node.rules.flatMap(({ source, problem }, index) =>
    problem === ''
      ? []
      : [
          invalidField(
            `${field}${node.schemaPath}.x-kubernetes-validations[${index}].rule`,
            source,
            `compilation failed: ${problem}`,
          ),
        ],
  );
  const inner = [...node.properties.values(), node.items, node.additional];
  return [
    ...own,
    ...inner.flatMap((child) => (child === undefined ? [] : problemsOf(child, field))),
  ];
}

interface Subject {
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
}

function validateNode(node: Node, { value, old, path }: Subject): Cause[] {
  if (value === undefined || value === null) return [];
  const causes = askRules(node, { value, old, path });
  if (isFields(value)) {
    for (const [key, member] of Object.entries(value)) {
      const child = node.properties.get(key) ?? node.additional;
      if (child === undefined) continue;
      const inner = {
        value: member,
        old: fieldsOf(old)[key],
        path: path === '' ? key : `${path}.${key}`,
      };
      causes.push(...validateNode(child, inner));
    }
  }
  const { items, listKeys } = node;
  if (items === undefined) return causes;
  for (const [index, entry] of listOf(value).entries()) {
    const before = listKeys.length === 0 ? undefined : sameEntry(listOf(old), entry, listKeys);
    causes.push(...validateNode(items, { value: entry, old: before, path: `${path}[${index}]` }));
  }
  return causes;
}

/** The old entry of a keyed list; entries of other lists have no past. */
function sameEntry(old: readonly unknown[], entry: unknown, keys: readonly string[]): unknown {
  return old.find((candidate) =>
    keys.every((key) => sameJson(fieldsOf(candidate)[key], fieldsOf(entry)[key])),
  );
}

function askRules(node: Node, subject: Subject): Cause[] {
  const { value, old } = subject;
  if (node.rules.length === 0) return [];
  // What an update leaves as it was is not held against it (ratcheting), but for rules about the change itself.
  const isUnchanged = old !== undefined && sameJson(old, value);
  const asked = node.rules.filter(({ isTransition }) =>
    isTransition ? old !== undefined && old !== null : !isUnchanged,
  );
  if (asked.length === 0) return [];
  const self = fromJson(value as Json);
  const oldSelf = old === undefined ? undefined : fromJson(old as Json);
  return asked.flatMap((rule) => askRule(rule, { ...subject, self, oldSelf }));
}

function askRule(
  rule: Rule,
  { value, path, self, oldSelf }: Subject & { self: CelValue; oldSelf: CelValue | undefined },
): Cause[] {
  if (rule.program === undefined) return [];
  const optional = oldSelf === undefined ? CelOptional.none : CelOptional.of(oldSelf);
  const activation = {
    values: { self, oldSelf: rule.optionalOldSelf ? optional : oldSelf },
    context: { authorize: () => undefined },
  };
  const outcome = rule.program.evaluate(activation);
  const shown = rule.message === '' ? rule.source : rule.message;
  if (!outcome.ok) {
    return [
      causeOf(
        { reason: '', fieldPath: '' },
        { text: `${outcome.message} evaluating rule: ${shown}`, value, path },
      ),
    ];
  }
  if (outcome.value === true) return [];
  return [causeOf(rule, { text: messageOf(rule, activation), value, path })];
}

function messageOf({ message, messageProgram, source }: Rule, activation: Activation): string {
  const said = messageProgram?.evaluate(activation);
  if (said?.ok === true && typeof said.value === 'string' && said.value !== '') return said.value;
  return message === '' ? `failed rule: ${source}` : message;
}

function causeOf(
  { reason, fieldPath }: Pick<Rule, 'reason' | 'fieldPath'>,
  { text, value, path }: { text: string; value: unknown; path: string },
): Cause {
  const inner = path === '' ? fieldPath.replace(/^\./, '') : `${path}${fieldPath}`;
  const field = fieldPath === '' ? path : inner;
  switch (reason) {
    case 'FieldValueForbidden':
      return { reason, message: `Forbidden: ${text}`, field };
    case 'FieldValueRequired':
      return { reason, message: `Required value: ${text}`, field };
    case 'FieldValueDuplicate':
      return { reason, message: `Duplicate value: ${JSON.stringify(value)}`, field };
    default: {
      // Kubernetes shows a scalar and leaves a structure out.
      if (typeof value !== 'object') return invalidField(field, value, text);
      return { reason: 'FieldValueInvalid', message: `Invalid value: ${text}`, field };
    }
  }
}
