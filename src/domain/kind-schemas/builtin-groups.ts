/** Groups of `*.k8s.io` that the API server itself serves; others of that ending belong to definitions. */
const OWN_GROUPS = new Set(
  (
    'admissionregistration apiextensions apiregistration authentication authorization certificates coordination ' +
    'discovery events flowcontrol.apiserver internal.apiserver networking node rbac.authorization resource ' +
    'scheduling storage storagemigration'
  )
    .split(' ')
    .map((name) => `${name}.k8s.io`),
);

/** Whether the kinds of a group are built into the API server, so that it decodes them into Go types. */
export function isBuiltinGroup(group: string): boolean {
  return !group.includes('.') || OWN_GROUPS.has(group);
}
