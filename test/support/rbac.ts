import { readFileSync } from 'node:fs';
import { CORE_SCHEMA, loadAll } from 'js-yaml';
import type { TransportRequest } from '../../src/domain/transport.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Role {
  readonly kind: string;
  readonly metadata?: { readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

/** What RBAC looks at of a request. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `canaries/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** The rules of one file of manifests/base. */
export class Rbac {
  readonly #rules: readonly { rule: Rule; namespace: string | undefined }[];
  readonly #used = new Set<string>();

  constructor(file: string) {
    const path = new URL(`../../manifests/base/${file}`, import.meta.url);
    const roles = loadAll(readFileSync(path, 'utf8'), undefined, { schema: CORE_SCHEMA }) as Role[];
    this.#rules = roles.flatMap(({ kind, metadata, rules = [] }) =>
      rules.map((rule) => ({
        rule,
        namespace: kind === 'ClusterRole' ? undefined : metadata?.namespace,
      })),
    );
  }

  /** Whether a request is granted; remembers which rule did. */
  allows(attributes: Attributes): boolean {
    const { verb, group, resource, namespace, name } = attributes;
    // Kubernetes' own role system:discovery grants it to everybody who is authenticated.
    if (verb === 'get' && resource.startsWith('/openapi/')) return true;
    const granting = this.#rules.find(
      ({ rule, namespace: only }) =>
        (only === undefined || only === namespace) &&
        rule.apiGroups.includes(group) &&
        rule.resources.includes(resource) &&
        rule.verbs.includes(verb) &&
        (rule.resourceNames?.includes(name) ?? true),
    );
    if (granting !== undefined) this.#used.add(`${verb} ${resource}`);
    return granting !== undefined;
  }

  /** `verb resource` of what is granted and was not asked for. */
  unused(): string[] {
    return this.#rules
      .flatMap(({ rule }) =>
        rule.resources.flatMap((resource) => rule.verbs.map((verb) => `${verb} ${resource}`)),
      )
      .filter((grant) => !this.#used.has(grant))
      .sort();
  }
}

const VERBS: Readonly<Record<TransportRequest['method'], string>> = {
  GET: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Reads what RBAC looks at off a request's method and path. */
export function attributesOf({
  method,
  path,
}: Pick<TransportRequest, 'method' | 'path'>): Attributes {
  const url = new URL(path, 'http://api');
  const parts = url.pathname.split('/').filter((part) => part !== '');
  if (parts[0] === 'openapi') {
    return { verb: VERBS[method], group: '', resource: url.pathname, namespace: '', name: '' };
  }
  const rest = parts[0] === 'api' ? parts.slice(2) : parts.slice(3);
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '');
  const isNamespaced = rest[0] === 'namespaces' && rest.length > 2;
  const [plural = '', name = '', subresource] = isNamespaced ? rest.slice(2) : rest;
  const selected = /^metadata\.name=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1];
  const isMany = method === 'GET' && name === '';
  const many = url.searchParams.has('watch') ? 'watch' : 'list';
  return {
    verb: isMany ? many : VERBS[method],
    group,
    resource: subresource === undefined ? plural : `${plural}/${subresource}`,
    namespace: isNamespaced ? (rest[1] ?? '') : '',
    name: name === '' ? (selected ?? '') : name,
  };
}
