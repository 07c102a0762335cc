import { isJsonObject, type Json } from '../lib/lossless-json.ts';

const METADATA = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'finalizers',
] as const;

/** A Namespace as expressions see it: the fields that the API server passes on, no apiVersion and no kind. */
export function namespaceView(namespace: Json): Json {
  if (!isJsonObject(namespace)) return null;
  const metadata = isJsonObject(namespace['metadata']) ? namespace['metadata'] : {};
  const kept = METADATA.filter((key) => Object.hasOwn(metadata, key));
  return {
    metadata: {
      creationTimestamp: null,
      ...Object.fromEntries(kept.map((key) => [key, metadata[key] ?? null])),
    },
    spec: namespace['spec'] ?? {},
    status: namespace['status'] ?? {},
  };
}
