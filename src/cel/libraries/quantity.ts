import { CelRuntimeError, type CelLibrary, type Overload } from '../library.ts';
import { BOOL, DOUBLE, INT, opaque, STRING, type CelType } from '../types.ts';
import type { CelValue } from '../values.ts';
import { asDouble, asInt64, sign } from './support/amount.ts';
import { instanceAt, intAt, stringAt } from './support/arguments.ts';
import { traversal } from './support/cost.ts';
import { declare, global, member } from './support/declare.ts';
import { parseQuantity } from './support/parse-quantity.ts';
import { Quantity } from './support/quantity.ts';
import { succeeds } from './support/succeeds.ts';

const QUANTITY = opaque('kubernetes.Quantity');

/** Kubernetes quantities (`500m`, `1Gi`): parsing, exact arithmetic and comparison. */
export const library: CelLibrary = {
  name: 'kubernetes.quantity',
  since: '1.28',
  functions: [
    declare(
      'quantity',
      global(
        'string_to_quantity',
        { params: [STRING], result: QUANTITY },
        { call: (args) => parseQuantity(stringAt(args, 0)), cost: traversal(0) },
      ),
    ),
    declare(
      'isQuantity',
      global(
        'is_quantity_string',
        { params: [STRING], result: BOOL },
        { call: (args) => succeeds(() => parseQuantity(stringAt(args, 0))), cost: traversal(0) },
      ),
    ),
    // A global function although Kubernetes documents it as a method.
    declare(
      'sign',
      global(
        'quantity_sign',
        { params: [QUANTITY], result: INT },
        { call: (args) => BigInt(sign(receiver(args).amount.value)) },
      ),
    ),
    declare(
      'isGreaterThan',
      comparison('quantity_is_greater_than', BOOL, (order) => order === 1),
    ),
    declare(
      'isLessThan',
      comparison('quantity_is_less_than', BOOL, (order) => order === -1),
    ),
    declare('compareTo', comparison('quantity_compare_to', INT, BigInt)),
    declare(
      'asApproximateFloat',
      reading('quantity_get_float', DOUBLE, (quantity) => asDouble(quantity.amount)),
    ),
    declare('asInteger', reading('quantity_get_int', INT, asInteger)),
    declare(
      'isInteger',
      reading('quantity_is_integer', BOOL, (quantity) => asInt64(quantity.amount) !== undefined),
    ),
    declare('add', ...arithmetic('add', (left, right) => left.add(right))),
    declare('sub', ...arithmetic('sub', (left, right) => left.subtract(right))),
  ],
};

function receiver(args: readonly CelValue[]): Quantity {
  return instanceAt(Quantity, args, 0);
}

function asInteger(quantity: Quantity): bigint {
  const value = asInt64(quantity.amount);
  if (value === undefined) {
    throw new CelRuntimeError('other', 'cannot convert value to integer');
  }
  return value;
}

function reading(id: string, result: CelType, read: (quantity: Quantity) => CelValue): Overload {
  return member(id, { params: [QUANTITY], result }, { call: (args) => read(receiver(args)) });
}

function comparison(
  id: string,
  result: CelType,
  answer: (order: -1 | 0 | 1) => CelValue,
): Overload {
  return member(
    id,
    { params: [QUANTITY, QUANTITY], result },
    { call: (args) => answer(receiver(args).compareTo(instanceAt(Quantity, args, 1))) },
  );
}

function arithmetic(
  name: string,
  combine: (left: Quantity, right: Quantity) => Quantity,
): Overload[] {
  return [
    member(
      `quantity_${name}`,
      { params: [QUANTITY, QUANTITY], result: QUANTITY },
      { call: (args) => combine(receiver(args), instanceAt(Quantity, args, 1)) },
    ),
    member(
      `quantity_${name}_int`,
      { params: [QUANTITY, INT], result: QUANTITY },
      { call: (args) => combine(receiver(args), Quantity.ofInt(intAt(args, 1))) },
    ),
  ];
}
