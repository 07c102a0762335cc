import { Agent, request } from 'node:https';
import type { ApiAccess, ApiObject } from './api.ts';
import { namespaceOf, type Side } from './vap-objects.ts';
import type { Tree, VapCase } from './vap-case.ts';

/** What the API server said to a request. */
export interface Answer {
  readonly code: number;
  /** Of a refusal; '' otherwise. */
  readonly reason: string;
  readonly message: string;
  /** Messages of `details.causes`. */
  readonly causes: readonly string[];
  readonly warnings: readonly string[];
  /** What would be stored; undefined for a refusal and for DELETE. */
  readonly object: unknown;
  /** Under which the audit log has it. */
  readonly auditId: string;
}

const PLURALS: Readonly<Record<string, string>> = {
  Deployment: 'deployments',
  Canary: 'canaries',
  HTTPRoute: 'httproutes',
  Service: 'services',
};

/** The folder of a kind in a namespace. */
export function collectionPath(kind: string, apiVersion: string, namespace: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}/namespaces/${namespace}/${PLURALS[kind] ?? ''}`;
}

/** Puts the requests of cases to the API server as dry runs, and reads all of the answers. */
export class VapClient {
  readonly #access: ApiAccess;
  readonly #agent: Agent;

  constructor(access: ApiAccess) {
    this.#access = access;
    const { ca, cert, key } = access;
    this.#agent = new Agent({ keepAlive: true, ca, cert, key });
  }

  /** Puts the request of a case to one side. */
  async send(each: VapCase, side: Side): Promise<Answer> {
    const path = collectionPath(each.kind, each.apiVersion, namespaceOf(each, side));
    const { name } = (each.before ?? each.body)['metadata'] as { name: string };
    const below = each.subresource === undefined ? '' : `/${each.subresource}`;
    const body: Tree = { ...each.body, ...(each.before ? {} : { apiVersion: each.apiVersion }) };
    switch (each.operation) {
      case 'create':
        return this.#ask({ method: 'POST', path: `${path}?dryRun=All`, body, as: each.as });
      case 'update':
        return this.#ask({
          method: 'PATCH',
          path: `${path}/${name}${below}?dryRun=All`,
          body,
          as: each.as,
        });
      case 'delete':
        return this.#ask({
          method: 'DELETE',
          path: `${path}/${name}?dryRun=All`,
          body: {},
          as: each.as,
        });
    }
  }

  /**
   * Creates an object for good.
   * @throws Error when it is refused
   */
  async create(
    kind: string,
    namespace: string,
    object: ApiObject,
    user?: string,
  ): Promise<ApiObject> {
    const path = collectionPath(kind, object.apiVersion ?? '', namespace);
    const as = user === undefined ? undefined : { user };
    const answer = await this.#ask({ method: 'POST', path, body: object, as });
    if (answer.code >= 400) throw new Error(`${path}: ${answer.message}`);
    return answer.object as ApiObject;
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask({ method, path, body, as }: Asked): Promise<Answer> {
    const text = JSON.stringify(body);
    const headers: Record<string, string | string[]> = {
      accept: 'application/json',
      'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      'content-length': String(Buffer.byteLength(text)),
      ...impersonation(as),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        `${this.#access.server}${path}`,
        { method, headers, agent: this.#agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode = 0, rawHeaders } = response;
            const answer = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Tree;
            resolve(answerOf(statusCode, rawHeaders, answer, method === 'DELETE'));
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  }
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: object;
  readonly as: VapCase['as'];
}

function impersonation(as: VapCase['as']): Record<string, string | string[]> {
  if (as === undefined) return {};
  const groups = as.user.startsWith('system:') ? [] : ['vap:writers', ...(as.groups ?? [])];
  return {
    'impersonate-user': as.user,
    ...(groups.length === 0 ? {} : { 'impersonate-group': groups }),
  };
}

function answerOf(
  code: number,
  rawHeaders: readonly string[],
  body: Tree,
  isDeletion: boolean,
): Answer {
  const {
    reason = '',
    message = '',
    details,
  } = body as {
    reason?: string;
    message?: string;
    details?: { causes?: { message?: string }[] };
  };
  const isRefused = code >= 400;
  return {
    code,
    reason: isRefused ? reason : '',
    message: isRefused ? message : '',
    causes: isRefused ? (details?.causes ?? []).map((cause) => cause.message ?? '') : [],
    warnings: headersOf(rawHeaders, 'warning').map(warningText).filter(isOfPolicy),
    object: isRefused || isDeletion ? undefined : body,
    auditId: headersOf(rawHeaders, 'audit-id')[0] ?? '',
  };
}

/** Sluice notes about a Canary, too, what no policy says: such a note begins with the field. */
function isOfPolicy(warning: string): boolean {
  return !/^spec[.:[]/.test(warning);
}

/** Node joins the values of a header that comes several times; warnings hold commas themselves. */
function headersOf(raw: readonly string[], name: string): string[] {
  return raw.filter((_value, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
}

/** `299 - "text"` */
function warningText(header: string): string {
  const quoted = /^\d+ \S+ "((?:[^"\\]|\\.)*)"/.exec(header)?.[1] ?? header;
  return quoted.replaceAll(/\\(.)/g, '$1');
}
