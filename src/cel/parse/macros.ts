import {
  call,
  constant,
  copy,
  fold,
  ident,
  list,
  map,
  select,
  type CallExpr,
  type Expr,
  type FoldExpr,
  type FoldKind,
} from './ast.ts';
import type { Issue } from './issue.ts';

/** Name of the hidden accumulator; no identifier can be written like it. */
const ACCUMULATOR = '@result';

/** Which macros there are. */
export interface MacroSet {
  /** optMap, optFlatMap and the optional syntax (Kubernetes 1.28). */
  readonly optionals: boolean;
  /** Comprehensions over index and value (1.32). */
  readonly twoVariables: boolean;
  /** sortBy (1.34). */
  readonly sortBy: boolean;
}

/** Where a macro call stands and what it was given. */
export interface MacroCall {
  readonly offset: number;
  readonly name: string;
  readonly target: Expr | undefined;
  readonly args: readonly Expr[];
}

/** A macro either expands, finds its arguments wrong, or does not apply (undefined). */
export type Expansion = { readonly expression: Expr } | { readonly issue: Issue } | undefined;

/** Expands the macro that a call names, if any. */
export function expandMacro(macro: MacroCall, set: MacroSet): Expansion {
  const { name, target, args } = macro;
  if (target === undefined) return name === 'has' && args.length === 1 ? has(macro) : undefined;
  return receiverMacro(name, args.length, set)?.({ ...macro, target });
}

type Expander = (call: ReceiverCall) => Expansion;

function receiverMacro(name: string, count: number, set: MacroSet): Expander | undefined {
  if (isOneVariable(name, count)) return oneVariable;
  if (set.twoVariables && isTwoVariable(name, count)) return twoVariables;
  if (count !== 2) return undefined;
  if (set.optionals && OPTIONAL_MACROS.has(name)) return optionalMap;
  return set.sortBy && name === 'sortBy' ? sortBy : undefined;
}

type ReceiverCall = MacroCall & { readonly target: Expr };

const ONE_VARIABLE: Readonly<Record<string, FoldKind>> = {
  all: 'all',
  exists: 'exists',
  exists_one: 'existsOne',
  map: 'list',
  filter: 'list',
};
const TWO_VARIABLES: Readonly<Record<string, FoldKind>> = {
  all: 'all',
  exists: 'exists',
  exists_one: 'existsOne',
  existsOne: 'existsOne',
  transformList: 'list',
  transformMap: 'map',
  transformMapEntry: 'mapEntry',
};
const OPTIONAL_MACROS = new Set(['optMap', 'optFlatMap']);
const QUANTIFIERS = new Set<FoldKind>(['all', 'exists', 'existsOne']);
const SORTABLE = new Set(['list', 'select', 'ident', 'fold', 'call']);

function isOneVariable(name: string, count: number): boolean {
  if (!Object.hasOwn(ONE_VARIABLE, name)) return false;
  return count === 2 || (count === 3 && name === 'map');
}

function isTwoVariable(name: string, count: number): boolean {
  if (!Object.hasOwn(TWO_VARIABLES, name)) return false;
  return count === 3 || (count === 4 && name.startsWith('transform'));
}

const bad = (expression: Expr, message: string): { readonly issue: Issue } => ({
  issue: {
    offset: expression.offset,
    message,
    errorClass: message.includes('invalid') ? 'literal' : 'other',
  },
});

function has({ args, offset }: MacroCall): Expansion {
  const [argument] = args;
  if (argument?.kind !== 'select') {
    return bad(argument ?? constant(offset, null), 'invalid argument to has() macro');
  }
  return { expression: select(offset, argument.operand, argument.field, true) };
}

function oneVariable({ offset, name, target, args }: ReceiverCall): Expansion {
  const [variable, ...rest] = args as [Expr, ...Expr[]];
  const kind = ONE_VARIABLE[name] ?? 'list';
  const problem = variableProblem(variable, QUANTIFIERS.has(kind));
  if (variable.kind !== 'ident' || problem !== undefined) {
    return bad(variable, problem ?? 'argument is not an identifier');
  }
  const [filter, body] =
    name === 'filter'
      ? [rest[0], ident(variable.offset, variable.name)]
      : rest.length === 2
        ? rest
        : [undefined, rest[0]];
  if (body === undefined) return undefined;
  const parts = { offset, range: target, variable: variable.name, variable2: undefined };
  return { expression: folding(kind, parts, filter, body) };
}

function twoVariables({ offset, name, target, args }: ReceiverCall): Expansion {
  const [first, second, ...rest] = args as [Expr, Expr, ...Expr[]];
  for (const variable of [first, second]) {
    if (variable.kind !== 'ident') return bad(variable, 'argument must be a simple name');
  }
  if (first.kind !== 'ident' || second.kind !== 'ident') return undefined;
  if (first.name === second.name) return bad(second, `duplicate variable name: ${first.name}`);
  for (const variable of [first, second]) {
    const problem = variableProblem(variable, true);
    if (problem !== undefined) return bad(variable, problem);
  }
  const [filter, body] = rest.length === 2 ? rest : [undefined, rest[0]];
  if (body === undefined) return undefined;
  const parts = { offset, range: target, variable: first.name, variable2: second.name };
  return { expression: folding(TWO_VARIABLES[name] ?? 'list', parts, filter, body) };
}

function variableProblem(variable: Expr, isQuantifier: boolean): string | undefined {
  if (variable.kind !== 'ident') {
    return isQuantifier ? 'argument must be a simple name' : 'argument is not an identifier';
  }
  const isReserved = variable.name === '__result__' || variable.name === ACCUMULATOR;
  return isReserved ? 'iteration variable overwrites accumulator variable' : undefined;
}

type FoldParts = Pick<FoldExpr, 'offset' | 'range' | 'variable' | 'variable2'>;

function folding(kind: FoldKind, parts: FoldParts, filter: Expr | undefined, body: Expr): FoldExpr {
  const { offset } = parts;
  const accumulated = (): Expr => ident(offset, ACCUMULATOR);
  const step = stepOf(kind, parts, body, accumulated);
  const guarded =
    filter === undefined ? step : call(offset, '_?_:_', [filter, step, accumulated()]);
  const isOne = kind === 'existsOne';
  return fold({
    ...parts,
    fold: kind,
    accumulatorName: ACCUMULATOR,
    accumulator: initialOf(kind, offset),
    condition: conditionOf(kind, offset, accumulated),
    step: guarded,
    result: isOne ? call(offset, '_==_', [accumulated(), constant(offset, 1n)]) : accumulated(),
    filter,
    body,
  });
}

function initialOf(kind: FoldKind, offset: number): Expr {
  if (kind === 'all') return constant(offset, true);
  if (kind === 'exists') return constant(offset, false);
  if (kind === 'existsOne') return constant(offset, 0n);
  return kind === 'list' ? list(offset, []) : map(offset, []);
}

function conditionOf(kind: FoldKind, offset: number, accumulated: () => Expr): Expr {
  const goOn = (argument: Expr): CallExpr => call(offset, '@not_strictly_false', [argument]);
  if (kind === 'all') return goOn(accumulated());
  if (kind === 'exists') return goOn(call(offset, '!_', [accumulated()]));
  return constant(offset, true);
}

function stepOf(kind: FoldKind, parts: FoldParts, body: Expr, accumulated: () => Expr): Expr {
  const { offset } = parts;
  switch (kind) {
    case 'all':
      return call(offset, '_&&_', [accumulated(), body]);
    case 'exists':
      return call(offset, '_||_', [accumulated(), body]);
    case 'existsOne': {
      const next = call(offset, '_+_', [accumulated(), constant(offset, 1n)]);
      return call(offset, '_?_:_', [body, next, accumulated()]);
    }
    case 'map': {
      const key = ident(offset, parts.variable);
      return call(offset, 'cel.@mapInsert', [accumulated(), key, body]);
    }
    case 'mapEntry':
      return call(offset, 'cel.@mapInsert', [accumulated(), body]);
    default: {
      const element = list(offset, [{ value: body, isOptional: false }]);
      return call(offset, '_+_', [accumulated(), element]);
    }
  }
}

/** A name for a value: a fold over nothing, as cel-go binds it. */
function binding(offset: number, name: string, value: Expr, body: Expr): FoldExpr {
  return fold({
    offset,
    fold: 'bind',
    range: list(offset, []),
    variable: '#unused',
    variable2: undefined,
    accumulatorName: name,
    accumulator: value,
    condition: constant(offset, false),
    step: ident(offset, name),
    result: body,
    filter: value,
    body,
  });
}

function optionalMap({ offset, name, target, args }: ReceiverCall): Expansion {
  const [variable, body] = args as [Expr, Expr];
  if (variable.kind !== 'ident') {
    return bad(variable, `${name}() variable name must be a simple identifier`);
  }
  const value = call(offset, 'value', [], { target: copy(target) });
  const bound = binding(offset, variable.name, value, body);
  const some = name === 'optMap' ? call(offset, 'optional.of', [bound]) : bound;
  const hasValue = call(offset, 'hasValue', [], { target });
  const none = call(offset, 'optional.none', []);
  return { expression: call(offset, '_?_:_', [hasValue, some, none]) };
}

function sortBy({ offset, target, args }: ReceiverCall): Expansion {
  if (!SORTABLE.has(target.kind)) {
    return bad(
      target,
      'sortBy can only be applied to a list, identifier, comprehension, call or select expression',
    );
  }
  const input = '@__sortBy_input__';
  const keys = oneVariable({ offset, name: 'map', target: ident(offset, input), args });
  if (keys === undefined || 'issue' in keys) return keys;
  const sorted = call(offset, '@sortByAssociatedKeys', [keys.expression], {
    target: ident(offset, input),
  });
  return { expression: binding(offset, input, target, sorted) };
}
