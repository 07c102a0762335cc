import { builtinColumns, showsName } from './builtin/columns.ts';
import { humanDuration } from './human-duration.ts';
import type { Fields } from './json.ts';
import { compileJsonPath } from './json-path.ts';
import type { ApiObject, ApiResource } from './resource.ts';

/** What of an object a row carries. */
export type RowObject = 'None' | 'Metadata' | 'Object';

interface Column {
  readonly definition: Fields;
  readonly cell: (object: ApiObject) => unknown;
}

/**
 * The meta.k8s.io/v1 Table of objects.
 * @param now epoch milliseconds, for ages
 * @param metadata of the list; `withColumns` is false for later events of a watch
 */
export function tableOf(
  resource: ApiResource,
  objects: readonly ApiObject[],
  options: { now: number; metadata: Fields; includes: RowObject; withColumns: boolean },
): Fields {
  const columns = columnsOf(resource, options.now);
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: options.withColumns ? columns.map(({ definition }) => definition) : [],
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object) ?? null),
      ...rowObject(object, options.includes),
    })),
  };
}

function rowObject(object: ApiObject, includes: RowObject): Fields {
  if (includes === 'None') return {};
  return { object: includes === 'Object' ? object : partialOf(object) };
}

/** The PartialObjectMetadata of an object. */
export function partialOf(object: ApiObject): Fields {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
  };
}

function columnsOf(resource: ApiResource, now: number): Column[] {
  const own =
    resource.columns === undefined ? builtinOf(resource, now) : printedOf(resource.columns, now);
  return showsName(resource.storageKey) ? [NAME, ...own] : own;
}

const NAME: Column = {
  definition: definitionOf('Name', { format: 'name', description: 'Name of the object.' }),
  cell: (object) => object.metadata.name,
};

function definitionOf(name: string, more: Fields): Fields {
  return { name, type: 'string', format: '', description: '', priority: 0, ...more };
}

function builtinOf(resource: ApiResource, now: number): Column[] {
  return builtinColumns(resource.storageKey).map(({ name, type, priority, age, cell }) => ({
    definition: definitionOf(name, { type, priority }),
    cell: age === true ? (object) => ageOf(cell(object), now) : cell,
  }));
}

function printedOf(columns: NonNullable<ApiResource['columns']>, now: number): Column[] {
  return columns.map((column) => {
    const { name, type, format, description, priority } = column;
    const find = compileJsonPath(column.jsonPath) ?? ((): unknown[] => []);
    return {
      definition: definitionOf(name, { type, format, description, priority }),
      cell: (object) => printed(find(object), type, now),
    };
  });
}

/** A cell: the value of its type, several joined by commas; null where there is none or its type is another. */
function printed(found: readonly unknown[], type: string, now: number): unknown {
  const [first] = found;
  if (first === undefined || first === null) return null;
  switch (type) {
    case 'integer':
    case 'number':
      return typeof first === 'number' ? first : null;
    case 'boolean':
      return typeof first === 'boolean' ? first : null;
    case 'date':
      return ageOf(first, now);
    default:
      return found.map(plainText).join(',');
  }
}

function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function ageOf(instant: unknown, now: number): string {
  const since = typeof instant === 'string' ? Date.parse(instant) : Number.NaN;
  return Number.isNaN(since) ? '<unknown>' : humanDuration(now - since);
}
