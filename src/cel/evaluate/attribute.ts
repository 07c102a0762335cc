import { CelOptional, type CelValue } from '../values.ts';
import { Failure, NO_OVERLOAD, type Result } from './failure.ts';
import type { Frame } from './frame.ts';
import type { Attribute, Qualifier, Run } from './plan.ts';
import { find, isQualifier, missing, qualify } from './qualify.ts';
import { pathKey, shared } from './shared-runs.ts';

/** An attribute as a step: a path costs one for itself beside one for each qualifier. */
export function runAttribute(attribute: Attribute): Run {
  if (attribute.kind === 'conditional') {
    const resolve = resolver(attribute);
    return attribute.isTested === true ? refunded(resolve) : resolve;
  }
  return shared(pathKey('run', attribute), () => runPath(attribute));
}

type Path = Extract<Attribute, { kind: 'path' }>;

function runPath(path: Path): Run {
  const { qualifiers } = path;
  if (qualifiers.length === 0) return charged(path.root);
  const fields = path.isFree === true ? undefined : constantFields(qualifiers);
  if (fields !== undefined) return fieldPath(path, fields);
  // A presence test gives back what the path itself costs.
  return qualifiers.at(-1)?.isTest === true ? resolver(path) : charged(resolver(path));
}

function charged(resolve: Run): Run {
  return (frame) => {
    const result = resolve(frame);
    frame.charge(1);
    return result;
  };
}

/** Computes an attribute without the charge for itself, as where it is an arm of `?:` or an index. */
export function resolver(attribute: Attribute): Run {
  if (attribute.kind === 'conditional') return conditional(attribute);
  if (attribute.qualifiers.length === 0) return attribute.root;
  return shared(pathKey('resolve', attribute), () => {
    const resolve = resolvePath(attribute);
    return attribute.isFree === true ? uncharged(resolve) : resolve;
  });
}

function resolvePath({ root, qualifiers, isComposed = false }: Path): Run {
  return (frame) => {
    const value = root(frame);
    if (value instanceof Failure) return value;
    return applyQualifiers(frame, value, qualifiers, isComposed);
  };
}

/** A presence test of a conditional: cel-go takes back the one that it never charged for the path itself. */
function refunded(resolve: Run): Run {
  return (frame) => {
    const result = resolve(frame);
    frame.cost = Math.max(frame.cost - 1, 0);
    return result;
  };
}

function uncharged(resolve: Run): Run {
  return (frame) => {
    const { cost } = frame;
    const result = resolve(frame);
    frame.cost = cost;
    return result;
  };
}

/** Adds a qualifier at the end of a path, or of both arms of a conditional. */
export function withQualifier(attribute: Attribute, qualifier: Qualifier): Attribute {
  if (attribute.kind === 'path') {
    return { ...attribute, qualifiers: [...attribute.qualifiers, qualifier] };
  }
  return {
    ...attribute,
    ...(qualifier.isTest ? { isTested: true } : {}),
    whenTrue: withQualifier(attribute.whenTrue, qualifier),
    whenFalse: withQualifier(attribute.whenFalse, qualifier),
  };
}

function conditional(attribute: Attribute & { readonly kind: 'conditional' }): Run {
  const { condition } = attribute;
  const whenTrue = resolver(attribute.whenTrue);
  const whenFalse = resolver(attribute.whenFalse);
  return (frame) => {
    const chosen = condition(frame);
    if (chosen === true) return whenTrue(frame);
    if (chosen === false) return whenFalse(frame);
    return chosen instanceof Failure ? chosen : NO_OVERLOAD;
  };
}

/** Names, when every qualifier is a plain constant one. */
function constantFields(qualifiers: readonly Qualifier[]): readonly CelValue[] | undefined {
  const keys = qualifiers.flatMap(({ key, isOptional, isTest }) =>
    key === undefined || isOptional || isTest ? [] : [key],
  );
  return keys.length === qualifiers.length ? keys : undefined;
}

const plainQualifier = (key: CelValue): Qualifier => ({
  key,
  run: undefined,
  isOptional: false,
  isTest: false,
});

/** The usual path, `object.spec.x`, without the detours of optionals and tests. */
function fieldPath({ root, isComposed = false }: Path, keys: readonly CelValue[]): Run {
  return (frame) => {
    let value = root(frame);
    if (!isComposed && value instanceof CelOptional) {
      const result = applyQualifiers(frame, value, keys.map(plainQualifier), false);
      frame.charge(1);
      return result;
    }
    let steps = 1;
    for (const key of keys) {
      if (value instanceof Failure) break;
      steps++;
      value = qualify(value, key);
    }
    frame.chargeSteps(steps);
    return value;
  };
}

const optionalOf = (root: CelValue, isComposed: boolean): CelOptional | undefined =>
  !isComposed && root instanceof CelOptional ? root : undefined;

function applyQualifiers(
  frame: Frame,
  root: CelValue,
  qualifiers: readonly Qualifier[],
  isComposed: boolean,
): Result {
  const optional = optionalOf(root, isComposed);
  let isOptional = optional !== undefined;
  const isTested = qualifiers.at(-1)?.isTest === true;
  const nothing = isTested ? false : CelOptional.none;
  const start = optional === undefined ? root : optional.value;
  if (start === undefined) return nothing;
  let value = start;
  for (const qualifier of qualifiers) {
    isOptional ||= qualifier.isOptional;
    const result = isOptional
      ? maybe(frame, value, qualifier)
      : definitely(frame, value, qualifier);
    if (result === undefined) return nothing;
    if (result instanceof Failure) return result;
    value = result;
  }
  return isOptional && !isTested ? CelOptional.of(value) : value;
}

function definitely(frame: Frame, value: CelValue, qualifier: Qualifier): Result {
  const key = keyOf(frame, qualifier);
  frame.charge(1);
  if (key instanceof Failure) return key;
  if (!qualifier.isTest) return qualify(value, key);
  const found = find(value, key);
  return found instanceof Failure ? found : found !== undefined;
}

/** After an optional step what is missing is no error; a step that finds nothing costs nothing. */
function maybe(frame: Frame, value: CelValue, qualifier: Qualifier): Result | undefined {
  const key = keyOf(frame, qualifier);
  if (key instanceof Failure) return key;
  const found = isQualifier(key) ? find(value, key) : missing(value, key);
  if (found === undefined || found instanceof Failure) return found;
  frame.charge(1);
  return qualifier.isTest ? true : found;
}

function keyOf(frame: Frame, { key, run }: Qualifier): Result {
  return run === undefined ? (key ?? null) : run(frame);
}
