import type { KubeObject } from '../domain/object.ts';

/** What of an object says which one it is, and nothing else: kind, name, uid and resourceVersion. */
export function identityOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}

/** The object as somebody wrote it: without its status, and without who wrote which field. */
export function withoutStatus(object: KubeObject): KubeObject {
  const trimmed: KubeObject & { status?: unknown } = { ...object };
  delete trimmed.status;
  const metadata: KubeObject['metadata'] & { managedFields?: unknown } = { ...object.metadata };
  delete metadata.managedFields;
  return { ...trimmed, metadata };
}
