import { badRequest } from './api-error.ts';
import { fieldsOf, isFields, listOf, sameJson, setMember, type Fields } from './json.ts';

/** How a list merges: by a key of its entries, as a set of scalars, or not at all (replaced). */
export type ListRule = { readonly key: string } | 'set';

/**
 * Merge rules by the last two members of a path, then by the last one. The builtin types use the same names for the
 * same lists everywhere but where two members are given. Source: the patchStrategy and patchMergeKey tags of
 * k8s.io/api.
 */
const LIST_RULES: Readonly<Record<string, ListRule>> = {
  containers: { key: 'name' },
  initContainers: { key: 'name' },
  ephemeralContainers: { key: 'name' },
  env: { key: 'name' },
  volumes: { key: 'name' },
  volumeMounts: { key: 'mountPath' },
  volumeDevices: { key: 'devicePath' },
  'containers.ports': { key: 'containerPort' },
  'initContainers.ports': { key: 'containerPort' },
  'spec.ports': { key: 'port' },
  imagePullSecrets: { key: 'name' },
  hostAliases: { key: 'ip' },
  topologySpreadConstraints: { key: 'topologyKey' },
  schedulingGates: { key: 'name' },
  resourceClaims: { key: 'name' },
  conditions: { key: 'type' },
  'metadata.ownerReferences': { key: 'uid' },
  'metadata.finalizers': 'set',
  'status.podIPs': { key: 'ip' },
  'status.hostIPs': { key: 'ip' },
  'status.addresses': { key: 'type' },
  secrets: { key: 'name' },
  webhooks: { key: 'name' },
  matchConditions: { key: 'name' },
};

/**
 * Applies a strategic merge patch to an object of a builtin kind. Neither argument is changed. Understands `$patch`
 * (replace, delete, merge), `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…`.
 * @throws ApiError 400 when an entry of a keyed list has no key
 */
export function applyStrategicMerge(target: unknown, patch: unknown): unknown {
  if (!isFields(patch)) throw badRequest('the patch is not an object');
  return mergeFields(fieldsOf(target), patch, []);
}

function mergeFields(target: Fields, patch: Fields, path: readonly string[]): Fields {
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  if (patch['$patch'] === 'delete') return {};
  const result: Fields = { ...target };
  retainKeys(result, patch['$retainKeys']);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$deleteFromPrimitiveList/')) deleteScalars(result, key, value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) Reflect.deleteProperty(result, key);
    else setMember(result, key, mergeValue(result[key], value, [...path, key]));
  }
  for (const [key, order] of Object.entries(patch)) {
    if (key.startsWith('$setElementOrder/')) reorder(result, key, listOf(order), path);
  }
  return result;
}

function mergeValue(target: unknown, patch: unknown, path: readonly string[]): unknown {
  if (isFields(patch)) return mergeFields(fieldsOf(target), patch, path);
  if (!Array.isArray(patch)) return patch;
  const rule = listRuleOf(path);
  const entries = patch as unknown[];
  if (rule === undefined) return entries.map(stripEntry);
  if (rule === 'set') return union(listOf(target), entries);
  return mergeKeyedList(listOf(target), entries, { key: rule.key, path });
}

function mergeKeyedList(
  target: readonly unknown[],
  patch: readonly unknown[],
  { key, path }: { key: string; path: readonly string[] },
): unknown[] {
  if (patch.some((entry) => fieldsOf(entry)['$patch'] === 'replace')) {
    return patch.filter((entry) => fieldsOf(entry)['$patch'] === undefined).map(stripEntry);
  }
  const result = [...target];
  for (const entry of patch) {
    const fields = fieldsOf(entry);
    const id = fields[key];
    if (id === undefined) {
      throw badRequest(`map: ${path.join('.')} does not contain declared merge key: ${key}`);
    }
    const index = result.findIndex((candidate) => fieldsOf(candidate)[key] === id);
    if (fields['$patch'] === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = mergeFields(fieldsOf(result[index]), fields, path);
    else result.push(mergeFields({}, fields, path));
  }
  return result;
}

/** How the list at a path (names only, no positions) of a builtin object merges; undefined: it is replaced. */
export function listRuleOf(path: readonly string[]): ListRule | undefined {
  const pair = path.slice(-2).join('.');
  const last = path.at(-1) ?? '';
  return LIST_RULES[pair] ?? (path.length > 1 ? LIST_RULES[last] : undefined) ?? topLevel(last);
}

// Only webhook configurations and service accounts have merged lists at the top of the object.
function topLevel(last: string): ListRule | undefined {
  return ['webhooks', 'secrets', 'imagePullSecrets'].includes(last) ? LIST_RULES[last] : undefined;
}

function union(target: readonly unknown[], patch: readonly unknown[]): unknown[] {
  return [...target, ...patch.filter((entry) => !target.includes(entry))];
}

function retainKeys(result: Fields, retained: unknown): void {
  if (!Array.isArray(retained)) return;
  for (const key of Object.keys(result)) {
    if (!retained.includes(key)) Reflect.deleteProperty(result, key);
  }
}

function deleteScalars(result: Fields, directive: string, values: unknown): void {
  const key = directive.slice(directive.indexOf('/') + 1);
  if (!Array.isArray(result[key])) return;
  const gone = listOf(values);
  result[key] = listOf(result[key]).filter(
    (entry) => !gone.some((value) => sameJson(value, entry)),
  );
}

/** Puts the entries that the order names into it; the others keep their place behind what preceded them. */
function reorder(
  result: Fields,
  directive: string,
  order: readonly unknown[],
  path: readonly string[],
): void {
  const key = directive.slice(directive.indexOf('/') + 1);
  const list = listOf(result[key]);
  if (list.length === 0) return;
  const rule = listRuleOf([...path, key]);
  const idOf = (entry: unknown): unknown =>
    typeof rule === 'object' && isFields(entry) ? entry[rule.key] : entry;
  const wanted = order.map(idOf);
  const named = list.filter((entry) => wanted.includes(idOf(entry)));
  named.sort((left, right) => wanted.indexOf(idOf(left)) - wanted.indexOf(idOf(right)));
  const queue = [...named];
  result[key] = list.map((entry) => (wanted.includes(idOf(entry)) ? queue.shift() : entry));
}

function stripEntry(entry: unknown): unknown {
  return isFields(entry) ? withoutDirectives(entry) : entry;
}

function withoutDirectives(fields: Fields): Fields {
  const kept = Object.entries(fields).filter(
    ([key, value]) => !key.startsWith('$') && value !== null,
  );
  return Object.fromEntries(kept);
}
