import { Buffer } from 'node:buffer';
import { at, fieldsOf, listOf, textOf, textsOf, type Fields } from '../json.ts';
import type { Store } from '../store.ts';
import type { WebhookTarget } from '../webhook-caller.ts';

/** One entry of a webhook configuration, read. */
export interface Hook {
  readonly name: string;
  readonly rules: readonly HookRule[];
  readonly target: Omit<WebhookTarget, 'path'>;
  /** Path and query without the timeout. */
  readonly path: string;
  /** For messages: the URL that Kubernetes would call, without the timeout. */
  readonly shownUrl: string;
  readonly namespaceSelector: Fields;
  readonly objectSelector: Fields;
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  readonly equivalent: boolean;
  readonly ignoresFailure: boolean;
  readonly timeoutMs: number;
  readonly reinvokes: boolean;
}

export interface HookRule {
  readonly operations: readonly string[];
  readonly groups: readonly string[];
  readonly versions: readonly string[];
  readonly resources: readonly string[];
  readonly scope: string;
}

const GROUP = 'admissionregistration.k8s.io';

/** The webhooks of one phase in the order in which Kubernetes asks them: by configuration name, then as they stand. */
export function hooksOf(store: Store, phase: 'mutating' | 'validating'): Hook[] {
  return store
    .list(`${GROUP}/${phase}webhookconfigurations`)
    .flatMap((configuration) => listOf(configuration['webhooks']).map(fieldsOf))
    .map(hookOf);
}

function hookOf(webhook: Fields): Hook {
  return {
    name: textOf(webhook['name']),
    rules: listOf(webhook['rules']).map(fieldsOf).map(ruleOf),
    ...clientOf(fieldsOf(webhook['clientConfig'])),
    namespaceSelector: fieldsOf(webhook['namespaceSelector']),
    objectSelector: fieldsOf(webhook['objectSelector']),
    matchConditions: listOf(webhook['matchConditions'])
      .map(fieldsOf)
      .map(({ name, expression }) => ({ name: textOf(name), expression: textOf(expression) })),
    equivalent: webhook['matchPolicy'] !== 'Exact',
    ignoresFailure: webhook['failurePolicy'] === 'Ignore',
    timeoutMs: 1000 * Number(webhook['timeoutSeconds'] ?? 10),
    reinvokes: webhook['reinvocationPolicy'] === 'IfNeeded',
  };
}

function ruleOf(rule: Fields): HookRule {
  return {
    operations: textsOf(rule['operations']),
    groups: textsOf(rule['apiGroups']),
    versions: textsOf(rule['apiVersions']),
    resources: textsOf(rule['resources']),
    scope: textOf(rule['scope']),
  };
}

function clientOf(client: Fields): Pick<Hook, 'target' | 'path' | 'shownUrl'> {
  const encoded = textOf(client['caBundle']);
  const caBundle =
    encoded === '' ? {} : { caBundle: Buffer.from(encoded, 'base64').toString('utf8') };
  const url = client['url'];
  if (typeof url === 'string') {
    const parsed = URL.parse(url);
    const path = parsed === null ? '/' : `${parsed.pathname}${parsed.search}`;
    return { target: { url, ...caBundle }, path, shownUrl: url };
  }
  const service = {
    namespace: textOf(at(client, 'service', 'namespace')),
    name: textOf(at(client, 'service', 'name')),
    path: textOf(at(client, 'service', 'path')) || '/',
    port: Number(at(client, 'service', 'port') ?? 443),
  };
  const shownUrl = `https://${service.name}.${service.namespace}.svc:${service.port}${service.path}`;
  return { target: { service, ...caBundle }, path: service.path, shownUrl };
}
