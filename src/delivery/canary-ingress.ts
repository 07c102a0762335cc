import type { Canary } from '../domain/canary.ts';
import type { KubeObject } from '../domain/object.ts';
import { RESOURCES } from '../domain/resources.ts';
import { canaryAnnotations, unprefixed } from './canary-ingress-annotations.ts';
import { ownerOf } from './names.ts';
import { mergedMetadata, type RouteMetadata } from './route-metadata.ts';
import type { RouteContext } from './router/types.ts';

interface Backend {
  readonly service?: { readonly name: string; readonly [member: string]: unknown };
  readonly [member: string]: unknown;
}

interface IngressRule {
  readonly http?: { readonly paths: readonly { readonly backend: Backend }[] };
  readonly [member: string]: unknown;
}

export interface Ingress extends KubeObject {
  readonly spec: { readonly rules?: readonly IngressRule[]; readonly [member: string]: unknown };
}

/** Name of the Ingress that `spec.ingressRef` names; '' when there is none. */
export function ingressName({ spec }: Canary): string {
  return spec.ingressRef?.name ?? '';
}

/** Names of the Services that the paths of an Ingress lead to. */
export function ingressBackends({ spec }: Ingress): string[] {
  const paths = (spec.rules ?? []).flatMap(({ http }) => http?.paths ?? []);
  return paths.flatMap(({ backend }) =>
    backend.service === undefined ? [] : [backend.service.name],
  );
}

/**
 * The Ingress that leads to the canary: the Canary's own with its backend replaced, as it must stand in the cluster.
 * @param live the Canary's Ingress, which is never written, and the copy; while the former is missing the latter keeps
 * its paths
 * @param weight percent
 * @returns undefined when there is nothing to make it from
 */
export function canaryIngressOf(
  { main, copy }: { main: Ingress | undefined; copy: Ingress | undefined },
  context: RouteContext,
  weight: number,
): Ingress | undefined {
  const source = main ?? copy;
  if (source === undefined) return undefined;
  const wanted = {
    labels: { ...main?.metadata.labels },
    annotations: canaryAnnotations(source, context, weight),
    owned: true,
  };
  const spec = main === undefined ? source.spec : redirected(main, context);
  if (copy === undefined) return newIngress(source, context, { ...wanted, spec });
  const metadata = mergedMetadata(copy.metadata, wanted, context.canary);
  const annotations = { ...unprefixed(copy, context), ...wanted.annotations };
  return { ...copy, metadata: { ...metadata, annotations }, spec };
}

function newIngress(
  { metadata: { name } }: Ingress,
  { canary, names: { namespace } }: RouteContext,
  {
    labels,
    annotations,
    spec,
  }: Pick<Ingress, 'spec'> & Pick<RouteMetadata, 'labels' | 'annotations'>,
): Ingress {
  const { group, version, kind } = RESOURCES.ingresses;
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: {
      name: `${name}-canary`,
      namespace,
      ...(Object.keys(labels).length === 0 ? {} : { labels: { ...labels } }),
      annotations: { ...annotations },
      ownerReferences: [ownerOf(canary)],
    },
    spec,
  };
}

function redirected({ spec }: Ingress, { names }: RouteContext): Ingress['spec'] {
  if (spec.rules === undefined) return spec;
  const toCanary = (backend: Backend): Backend =>
    backend.service?.name === names.apex
      ? { ...backend, service: { ...backend.service, name: names.canaryService } }
      : backend;
  const rules = spec.rules.map((rule) =>
    rule.http === undefined
      ? rule
      : {
          ...rule,
          http: {
            ...rule.http,
            paths: rule.http.paths.map((path) => ({ ...path, backend: toCanary(path.backend) })),
          },
        },
  );
  return { ...spec, rules };
}
