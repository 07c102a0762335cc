/** The part of OpenAPI v3 that a structural CRD schema may use, as far as our kinds need it. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly default?: string | number | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly nullable?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
}

type Extra = Omit<Schema, 'type' | 'description'>;

export const text = (description: string, extra: Extra = {}): Schema => ({
  type: 'string',
  description,
  maxLength: 1024,
  ...extra,
});

/** Text that may be as long as an expression. */
export const expression = (description: string): Schema => ({
  type: 'string',
  description,
  minLength: 1,
  maxLength: 16384,
});

export const oneOf = (values: readonly string[], description: string): Schema => ({
  type: 'string',
  description,
  enum: values,
});

export const integer = (description: string, extra: Extra = {}): Schema => ({
  type: 'integer',
  description,
  ...extra,
});

export const flag = (description: string): Schema => ({ type: 'boolean', description });

export const time = (description: string): Schema => ({
  type: 'string',
  format: 'date-time',
  description,
  maxLength: 64,
});

/** An object. Names in `required` must be properties. */
export const record = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema => ({
  type: 'object',
  description,
  properties,
  ...(required.length === 0 ? {} : { required }),
});

/** String keys and values, as labels. */
export const stringMap = (description: string): Schema => ({
  type: 'object',
  description,
  maxProperties: 64,
  additionalProperties: { type: 'string', maxLength: 1024 },
});

/** Any object; nothing in it is checked or pruned. */
export const anyObject = (description: string): Schema => ({
  type: 'object',
  description,
  'x-kubernetes-preserve-unknown-fields': true,
});

/** A list that is replaced as a whole. */
export const list = (description: string, items: Schema, maxItems = 64): Schema => ({
  type: 'array',
  description,
  maxItems,
  'x-kubernetes-list-type': 'atomic',
  items,
});

/** A list of different plain values; order carries no meaning. */
export const setOf = (description: string, items: Schema, maxItems = 16): Schema => ({
  type: 'array',
  description,
  maxItems,
  'x-kubernetes-list-type': 'set',
  items,
});

/** A list of objects that `keys` identify, so that two writers can each own an entry. */
export const listMap = (
  description: string,
  keys: readonly string[],
  items: Schema,
  maxItems = 64,
): Schema => ({
  type: 'array',
  description,
  maxItems,
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
  items,
});

/** `status.conditions`. */
export const conditions = (): Schema =>
  listMap(
    'Latest observations of the object.',
    ['type'],
    record(
      'One observation.',
      {
        type: text('What is observed.', { maxLength: 316 }),
        status: oneOf(['True', 'False', 'Unknown'], 'Whether it holds.'),
        reason: text('One word for machines.'),
        message: text('A sentence for people.', { maxLength: 32768 }),
        lastTransitionTime: time('When the status last changed.'),
        observedGeneration: integer('Generation that was observed.', { minimum: 0 }),
      },
      ['type', 'status'],
    ),
    16,
  );
